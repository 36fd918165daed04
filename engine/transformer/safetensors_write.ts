/**
 * Writes safetensors files tensor by tensor. Names and shapes are known before the first number, so the header goes first
 * and the tensors follow as they come; the same tensors always give the same bytes.
 */
import { badInput, WorkbenchError } from '../protocol/errors.ts';
import { isWeightDtype, narrow, type WeightDtype } from './dtypes.ts';
import type { ByteSink, Files } from './files.ts';
import { elementCount, type HostTensor } from './host_tensor.ts';
import { headerBytes, METADATA_KEY, shown } from './safetensors_header.ts';

/** A tensor that is to come. */
export interface PlannedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: WeightDtype;
}

/** Elements converted and written at a time. */
const PIECE_ELEMENTS = 4 << 20;

/**
 * Writes `plan`, whose tensors `tensors` gives by name in the plan's order. Nothing of the file is left where it fails.
 * @throws WorkbenchError `bad_input` for a name twice; `internal` where a tensor is not the one that was planned.
 */
export async function writeSafetensors(
  files: Files,
  path: string,
  plan: readonly PlannedTensor[],
  tensors: AsyncIterable<readonly [string, HostTensor]> | Iterable<readonly [string, HostTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  refuseRepeatedNames(path, plan);
  const sink = await files.create(path);
  try {
    await sink.write(headerBytes(plan, metadata));
    let written = 0;
    for await (const [name, tensor] of tensors) {
      const planned = plan[written++];
      if (planned?.name !== name || !isSameShape(planned.shape, tensor.shape) || tensor.data.length !== elementCount(tensor.shape)) {
        const expected = planned === undefined ? 'no more tensors' : `${planned.name} ${shown(planned.shape)}`;
        throw new WorkbenchError('internal', `${path}: expected ${expected}, was given ${name} ${shown(tensor.shape)} of ${tensor.data.length} numbers.`);
      }
      await writeData(sink, planned.dtype, tensor.data);
    }
    if (written !== plan.length) throw new WorkbenchError('internal', `${path}: ${plan.length} tensors planned, ${written} given.`);
    await sink.commit();
  } finally {
    await sink.abort();
  }
}

async function writeData(sink: ByteSink, dtype: WeightDtype, data: Float32Array): Promise<void> {
  for (let done = 0; done < data.length; done += PIECE_ELEMENTS) {
    await sink.write(narrow(dtype, data.subarray(done, done + PIECE_ELEMENTS)));
  }
}

function refuseRepeatedNames(path: string, plan: readonly PlannedTensor[]): void {
  const names = new Set<string>([METADATA_KEY]);
  for (const { name, dtype } of plan) {
    if (names.has(name)) throw badInput(path, `tensor ${name}`, 'every name once', 'it twice');
    if (!isWeightDtype(dtype)) throw badInput(path, `tensor ${name}`, 'a format of weights', String(dtype));
    names.add(name);
  }
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
