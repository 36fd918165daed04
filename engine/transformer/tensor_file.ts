/** One safetensors file as a record in memory: trained blocks, training states, anything that fits. */
import type { WeightDtype } from './dtypes.ts';
import type { Files } from './files.ts';
import type { HostTensor, HostWeights } from './host_tensor.ts';
import { SafetensorsFile } from './safetensors.ts';
import { writeSafetensors } from './safetensors_write.ts';

export interface TensorFile {
  readonly tensors: HostWeights;
  readonly metadata: Readonly<Record<string, string>>;
}

/** All tensors of a file in float32. @throws WorkbenchError `not_found`, `bad_input` */
export async function readTensors(files: Files, path: string): Promise<TensorFile> {
  const file = await SafetensorsFile.open(files, path);
  try {
    const tensors: [string, HostTensor][] = [];
    for (const name of file.tensors.keys()) tensors.push([name, await file.read(name)]);
    return { tensors: Object.fromEntries(tensors), metadata: file.metadata };
  } finally {
    await file.close();
  }
}

/** Writes all tensors, in the order of the record. The file appears whole or not at all. */
export function writeTensors(
  files: Files,
  path: string,
  tensors: HostWeights,
  metadata: Readonly<Record<string, string>> = {},
  dtype: WeightDtype = 'F32',
): Promise<void> {
  const entries = Object.entries(tensors);
  return writeSafetensors(files, path, entries.map(([name, { shape }]) => ({ name, shape, dtype })), entries, metadata);
}
