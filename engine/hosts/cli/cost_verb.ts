/** `cost`: what serving one model costs, from the cost model. */
import process from 'node:process';
import { z } from 'zod';
import { costReport } from '../../cost/report.ts';
import { deploymentSchema, type Deployment, type DeploymentInput } from '../../protocol/cost.ts';
import { parseLayerFormats } from '../../protocol/layer_formats.ts';
import { FORMATS, type Format } from '../../protocol/hardware.ts';
import { needed, noPositionals, parse, wholeNumber } from './arguments.ts';
import { readHardware } from './hardware_option.ts';
import { readModel } from './model_option.ts';
import { renderCost } from './render_cost.ts';
import { UsageError } from './usage_error.ts';

const CLI = 'npm run --silent cli --';

export const COST_HELP = `Usage: ${CLI} cost --architecture PRESET|config.json --device ID --isl N --osl N [options]

Says what serving a model costs in the steady state of in-flight batching: throughput, latencies, memory and the largest
batch, with a band for how far off they may be, and where each layer's time goes.

  --architecture ID|FILE a preset such as llama-3.1-70b or nemotron-51b, or a config.json
  --device ID            h100-sxm, h200-sxm, a100-sxm-80, b200, l40s, tpu-v5e, ...
  --isl N --osl N        prompt and generated tokens per sequence
  --weights, --activations, --kv FORMAT   ${FORMATS.join(', ')} (default fp8; activations as the weights, or bf16 beside
                         int8 and int4 weights; the cache as the activations, fp8 beside fp4)
  --tp N --pp N --dp N   devices that share each layer, pipeline stages, copies of the model (default 1)
  --batch N              sequences together in each copy (default: as many as fit)
  --calibration ID       constants to use (default: the best ones for the device)
  --hardware FILE        further devices and calibrations: a project's hardware.json, or what calibrate wrote
  --reserve BYTES        memory kept free on each device (default: the calibration's, 3e9)
  --no-kv-head-cliff     without the slow attention path at many query heads per KV head
  --layer-formats TEXT                    layers in other formats, such as "0-3,79: weights=bf16 kv=bf16; 40: kv=fp8"
  --speculate DRAFTS:ACCEPTANCE[:COST]    check that many draft tokens in each step, each accepted with that chance;
                         drafting one takes COST steps of the model (default 0.05)
  --price USD_PER_HOUR   of one device; adds the price per million generated tokens
  --json                 {params, kv_bytes_per_token, output_tok_s, output_tok_s_per_gpu, total_tok_s, ttft_ms, itl_ms,
                         batch, max_batch, memory:{weights_bytes_per_gpu, kv_bytes_per_token_per_gpu, reserve_bytes, ...},
                         step_ms, stages, layers:[{layer, variant, attention_us, ffn_us, kernels, ...}], curve,
                         provenance, band:{low, high, reasons}, notes, deployment, traffic}. Figures lie between value * low
                         and value * high. Where not one sequence fits, max_batch is 0 and so are the throughputs.

Examples:
  ${CLI} cost --architecture nemotron-51b --device h100-sxm --isl 128 --osl 1024
  ${CLI} cost --architecture ./config.json --device a100-sxm-80 --weights bf16 --tp 4 --isl 2048 --osl 256 --json
`;

export async function runCost(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: {
      architecture: { type: 'string' },
      device: { type: 'string' },
      weights: { type: 'string' },
      activations: { type: 'string' },
      kv: { type: 'string' },
      tp: { type: 'string' },
      pp: { type: 'string' },
      dp: { type: 'string' },
      isl: { type: 'string' },
      osl: { type: 'string' },
      batch: { type: 'string' },
      calibration: { type: 'string' },
      hardware: { type: 'string' },
      reserve: { type: 'string' },
      'no-kv-head-cliff': { type: 'boolean' },
      'layer-formats': { type: 'string' },
      speculate: { type: 'string' },
      price: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  noPositionals(positionals);
  const named = needed('--architecture PRESET|config.json', values.architecture);
  const speculation = speculationOf(values.speculate);
  const price = numberOf('--price', values.price);
  const reserve = numberOf('--reserve', values.reserve);
  const deployment: Deployment = deploymentSchema.parse({
    device: needed('--device ID', values.device),
    ...formatsOf(values),
    tp: wholeNumber('--tp', values.tp, 1, 1),
    pp: wholeNumber('--pp', values.pp, 1, 1),
    dp: wholeNumber('--dp', values.dp, 1, 1),
    kv_head_cliff: values['no-kv-head-cliff'] !== true,
    layer_formats: layerFormatsOf(values['layer-formats']),
    ...(values.calibration !== undefined && { calibration: values.calibration }),
    ...(reserve !== undefined && { reserve_bytes: reserve }),
    ...(speculation !== undefined && { speculation }),
    ...(price !== undefined && { price_per_device_hour: price }),
  } satisfies DeploymentInput);
  const traffic = {
    isl: wholeNumber('--isl', needed('--isl N', values.isl), 0, 0),
    osl: wholeNumber('--osl', needed('--osl N', values.osl), 1, 1),
    ...(values.batch !== undefined && { batch: wholeNumber('--batch', values.batch, 1, 1) }),
  };
  const [{ architecture, notes }, hardware] = await Promise.all([readModel(named), readHardware(values.hardware)]);
  const report = costReport(architecture, deployment, traffic, hardware);
  const whole = { ...report, notes: [...report.notes, ...notes] };
  if (values.json === true) process.stdout.write(`${JSON.stringify({ ...whole, deployment, traffic })}\n`);
  else process.stdout.write(renderCost(whole, deployment, traffic));
  return 0;
}

interface FormatValues {
  readonly weights?: string | undefined;
  readonly activations?: string | undefined;
  readonly kv?: string | undefined;
}

function formatsOf(values: FormatValues): { readonly weights: Format; readonly activations: Format; readonly kv: Format } {
  const weights = formatOf('--weights', values.weights) ?? 'fp8';
  const activations = formatOf('--activations', values.activations) ?? (weights === 'int8' || weights === 'int4' ? 'bf16' : weights);
  const kv = formatOf('--kv', values.kv) ?? (activations === 'fp4' ? 'fp8' : activations);
  return { weights, activations, kv };
}

function formatOf(option: string, text: string | undefined): Format | undefined {
  if (text === undefined) return undefined;
  const parsed = z.enum(FORMATS).safeParse(text.toLowerCase());
  if (parsed.success) return parsed.data;
  throw new UsageError(`${option} ${text}: expected one of ${FORMATS.join(', ')}.`);
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`${option} ${text}: expected a number of at least 0.`);
}

function layerFormatsOf(text: string | undefined): Deployment['layer_formats'] {
  const parsed = parseLayerFormats(text ?? '');
  if (parsed.kind === 'formats') return parsed.formats;
  throw new UsageError(`--layer-formats: ${parsed.problem}`);
}

function speculationOf(text: string | undefined): DeploymentInput['speculation'] {
  if (text === undefined) return undefined;
  const match = /^([1-9]\d*):(0(?:\.\d+)?|1(?:\.0+)?|\.\d+)(?::(\d*\.?\d+))?$/.exec(text.trim());
  if (match === null) throw new UsageError(`--speculate ${text}: expected DRAFTS:ACCEPTANCE, such as 4:0.7 for four drafts that are each accepted seven times in ten.`);
  return { draft_tokens: Number(match[1]), acceptance: Number(match[2]), ...(match[3] !== undefined && { draft_cost: Number(match[3]) }) };
}
