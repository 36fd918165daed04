/** `plan`: how to split a model over chips, by phase and batch. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { planFor, modelIds } from '../../cost/pope/request.ts';
import { BUILT_IN } from '../../hardware/calibrations.ts';
import { FORMATS, type Format } from '../../protocol/hardware.ts';
import {
  ATTENTION_LAYOUT_NAMES,
  FFN_LAYOUT_NAMES,
  PHASES,
  overlapSchema,
  termsSchema,
  type Phase,
  type PlanPoint,
  type PlanRequestInput,
  type PlanResult,
} from '../../protocol/plan.ts';
import { readArchitectureFile } from '../architecture_files.ts';
import { needed, noPositionals, parse, wholeNumber } from './arguments.ts';
import { EXIT_INFEASIBLE } from './render.ts';
import { rough, table } from './table.ts';
import { UsageError } from './usage_error.ts';

const CLI = 'npm run --silent cli --';
const DEFAULT_BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const BLOCKS = ['serial', 'parallel'] as const;

export const PLAN_HELP = `Usage: ${CLI} plan --parent ID --device ID --chips N [options]

Says how to split a model over chips after Pope et al. (arXiv 2211.05102): weight-stationary over one or two
dimensions or weight-gathered, attention over heads, KV heads and batch, or batch; the fastest layout that fits into
memory for every phase and batch, and what the others would cost.

  --parent ID            a preset (${modelIds().join(', ')}) or a config.json
  --device ID            such as tpu-v4 or h100-sxm
  --chips N              chips that share the model
  --mesh XxYxZ           only this mesh (default: all factorisations)
  --phase PHASE          prefill, decode or both (default both)
  --batch LIST           sequences, by commas (default ${DEFAULT_BATCHES.join(',')})
  --isl N, --osl N       new prompt tokens and generated tokens per sequence (default 2048 and 64)
  --cached N             earlier tokens that are cached already (default 0)
  --weights, --activations, --kv FORMAT   ${FORMATS.join(', ')} (default bf16)
  --block serial|parallel                 attention and FFN in sequence or side by side (default: as the model has it)
  --terms closed_form|detailed            only what the paper's formulas count, or gate matrices, attention and group
                         sizes as well (default detailed)
  --overlap none|memory|all               what runs at the same time: nothing, weight loading, communication too
  --layer-latency-us N   time per layer that no bandwidth explains (default 140 on TPUs, 32 on GPUs)
  --network-gb-s N       bandwidth of a chip in collectives (default: its links)
  --kv-share N           share of the memory that the largest context is stated for (default 0.3)
  --json                 {model, device, chips, hardware, settings, layouts, points:[{phase, batch, tokens, winner:{layout,
                         passes, step_ms, mfu, chip_seconds_per_token, tok_s, breakdown_ms, memory_per_chip, max_batch,
                         max_context_tokens}, why, on_frontier, runners_up, discarded}], staircase, provenance, band, notes}

Exit code 3 where no layout fits for any of the batches.

Examples:
  ${CLI} plan --parent palm-540b --device tpu-v4 --chips 64 --weights int8
  ${CLI} plan --parent nemotron-51b --device h100-sxm --chips 4 --phase decode --batch 64 --json
`;

export async function runPlan(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: {
      parent: { type: 'string' },
      device: { type: 'string' },
      chips: { type: 'string' },
      mesh: { type: 'string' },
      phase: { type: 'string' },
      batch: { type: 'string' },
      isl: { type: 'string' },
      osl: { type: 'string' },
      cached: { type: 'string' },
      weights: { type: 'string' },
      activations: { type: 'string' },
      kv: { type: 'string' },
      block: { type: 'string' },
      terms: { type: 'string' },
      overlap: { type: 'string' },
      'layer-latency-us': { type: 'string' },
      'network-gb-s': { type: 'string' },
      'kv-share': { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  noPositionals(positionals);
  const mesh = meshOf(values.mesh);
  const latencyUs = numberOf('--layer-latency-us', values['layer-latency-us'], (value) => value >= 0, 'at least 0');
  const networkGbS = numberOf('--network-gb-s', values['network-gb-s'], (value) => value > 0, 'above 0');
  const kvShare = numberOf('--kv-share', values['kv-share'], (value) => value > 0 && value <= 1, 'above 0 and at most 1');
  const request: PlanRequestInput = {
    model: await modelOf(needed('--parent ID', values.parent)),
    device: needed('--device ID', values.device),
    chips: wholeNumber('--chips', needed('--chips N', values.chips), 1, 1),
    ...(mesh === undefined ? {} : { mesh }),
    phases: phasesOf(values.phase),
    batches: batchesOf(values.batch),
    isl: wholeNumber('--isl', values.isl, 2048, 1),
    osl: wholeNumber('--osl', values.osl, 64, 0),
    cached_tokens: wholeNumber('--cached', values.cached, 0, 0),
    formats: {
      weights: oneOf<Format>('--weights', values.weights, FORMATS, 'bf16'),
      activations: oneOf<Format>('--activations', values.activations, FORMATS, 'bf16'),
      kv: oneOf<Format>('--kv', values.kv, FORMATS, 'bf16'),
    },
    terms: oneOf('--terms', values.terms, termsSchema.options, 'detailed'),
    overlap: oneOf('--overlap', values.overlap, overlapSchema.options, 'none'),
    ...(values.block === undefined ? {} : { block: oneOf('--block', values.block, BLOCKS, 'serial') }),
    ...(latencyUs === undefined ? {} : { layer_latency_us: latencyUs }),
    ...(networkGbS === undefined ? {} : { network_gb_s: networkGbS }),
    ...(kvShare === undefined ? {} : { kv_memory_share: kvShare }),
  };
  const result = planFor(request, BUILT_IN);
  process.stdout.write(values.json === true ? `${JSON.stringify(result)}\n` : renderPlan(result));
  return result.points.some(({ winner }) => winner !== undefined) ? 0 : EXIT_INFEASIBLE;
}

/** A preset's id, or the architecture in a file. */
async function modelOf(argument: string): Promise<PlanRequestInput['model']> {
  if (modelIds().includes(argument) || !existsSync(argument)) return argument;
  return readArchitectureFile({ path: path.basename(argument), bytes: await readFile(argument) });
}

function phasesOf(text: string | undefined): Phase[] {
  const phase = oneOf('--phase', text, [...PHASES, 'both'] as const, 'both');
  return phase === 'both' ? [...PHASES] : [phase];
}

function batchesOf(text: string | undefined): number[] {
  if (text === undefined) return DEFAULT_BATCHES;
  return text.split(',').map((part) => wholeNumber('--batch', part.trim() === '' ? '(nothing)' : part, 1, 1));
}

function meshOf(text: string | undefined): [number, number, number] | undefined {
  if (text === undefined) return undefined;
  const [x, y, z] = (/^([1-9]\d*)x([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? []).slice(1).map(Number);
  if (x === undefined || y === undefined || z === undefined) throw new UsageError(`--mesh ${text}: expected XxYxZ, such as 4x4x4.`);
  return [x, y, z];
}

function oneOf<T extends string>(option: string, text: string | undefined, known: readonly T[], fallback: T): T {
  if (text === undefined) return fallback;
  const found = known.find((candidate) => candidate === text);
  if (found === undefined) throw new UsageError(`${option} ${text}: there are ${known.join(', ')}.`);
  return found;
}

function numberOf(option: string, text: string | undefined, allowed: (value: number) => boolean, range: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || !allowed(value)) throw new UsageError(`${option} ${text}: expected a number ${range}.`);
  return value;
}

function renderPlan(result: PlanResult): string {
  const { hardware, model, band } = result;
  const lines = [
    `${model.name} (${rough(model.params / 1e9)}B parameters) on ${result.chips} x ${result.device}: ${rough(hardware.peak_tflops)} TFLOP/s ${hardware.compute_format}, ${rough(hardware.memory_bytes / 1e9)} GB at ${rough(hardware.memory_gb_s)} GB/s, ${rough(hardware.network_gb_s)} GB/s to others`,
    `Estimated by formula; what was measured lies between ${band.low} and ${band.high} times these: ${band.reasons.join('; ')}.`,
  ];
  for (const phase of result.settings.phases) lines.push('', ...phaseLines(result.points.filter((point) => point.phase === phase), phase));
  return `${[...lines, '', ...result.notes].join('\n')}\n`;
}

function kindOf(candidate: PlanPoint['winner']): string {
  return candidate === undefined ? '' : `${candidate.layout.ffn} ${candidate.layout.attention}`;
}

function phaseLines(points: readonly PlanPoint[], phase: Phase): string[] {
  const heading = phase === 'prefill' ? 'Prefill, all prompts of the batch' : 'Decode, one token for each sequence';
  const rows = points.flatMap(({ batch, winner }) => {
    if (winner === undefined) return [];
    const { layout, memory_per_chip: memory } = winner;
    return [
      [
        String(batch),
        FFN_LAYOUT_NAMES[layout.ffn],
        `${layout.mesh.x} x ${layout.mesh.y} x ${layout.mesh.z}`,
        ATTENTION_LAYOUT_NAMES[layout.attention],
        rough(winner.step_ms),
        `${(winner.mfu * 100).toFixed(1)} %`,
        rough(winner.chip_seconds_per_token * 1e3),
        rough(winner.tok_s),
        rough((memory.weights_bytes + memory.kv_bytes + memory.buffers_bytes) / 1e9),
        rough(winner.max_batch),
      ],
    ];
  });
  const header = ['batch', 'FFN', 'mesh', 'attention', 'ms', 'MFU', 'chip-ms/token', 'tok/s', 'GB/chip', 'max batch'];
  // The reason where the layout changes or nothing fits; the rest of a stair has the same one.
  const why = points
    .filter(({ winner }, i) => winner === undefined || kindOf(winner) !== kindOf(points[i - 1]?.winner))
    .map(({ batch, why: text }) => `  batch ${batch}: ${text}`);
  return [heading, ...(rows.length > 0 ? table(header, rows) : []), ...why];
}
