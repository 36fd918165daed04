/** `--hardware FILE`: devices and calibrations beside the product's own, which they go before. */
import { BUILT_IN, type Hardware } from '../../hardware/calibrations.ts';
import { calibrationSchema, deviceSchema, hardwareFileSchema } from '../../protocol/hardware.ts';
import { checkInput, readJson } from './input_file.ts';

const HINT = "Readable are a project's hardware.json, what `calibrate --out` writes, and a device: {id, name, kind, peak_tflops, memory_bytes, memory_gb_s, link, source}.";

/** @throws WorkbenchError naming the file and the place in it. */
export async function readHardware(file: string | undefined): Promise<Hardware> {
  if (file === undefined) return BUILT_IN;
  const json = await readJson(file, HINT);
  const has = (key: string): boolean => typeof json === 'object' && json !== null && key in json;
  if (has('gemm')) return { ...BUILT_IN, calibrations: [...BUILT_IN.calibrations, checkInput(file, json, calibrationSchema, HINT)] };
  if (has('peak_tflops')) return { ...BUILT_IN, devices: [...BUILT_IN.devices, checkInput(file, json, deviceSchema, HINT)] };
  const { devices, calibrations } = checkInput(file, json, hardwareFileSchema, HINT);
  return { devices: [...BUILT_IN.devices, ...devices], calibrations: [...BUILT_IN.calibrations, ...calibrations] };
}
