/**
 * A process of its own that takes an 8B parent through one BLD step and one scoring pass, with the jobs that trainer processes
 * run, and tells what memory each took. Weights are random and made as they are read; everything else is on disk.
 *   node large_process.mjs FOLDER
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parentArchitecture, parentModel } from '../../../engine/architecture/presets.ts';
import { nodeFiles } from '../../../engine/hosts/trainer/node_files.ts';
import { openTensorDevice } from '../../../engine/hosts/trainer/tensor_backends.ts';
import { layerScoresSchema, layerTrainingSchema, type JobSpec } from '../../../engine/protocol/train.ts';
import { memoryUse } from '../../../engine/tensor/backend/memory_guard.ts';
import { runJob } from '../../../engine/train/run_job.ts';
import { parentBytes, withMadeUpParent } from './made_up_parent.ts';

const PARENT = 'llama-3.1-8b';
const LENGTH = 128;
const BATCH = 2;
const LAYER = 0;

const JOBS: readonly JobSpec[] = [
  {
    id: 'data',
    kind: 'prepare_data',
    folder: 'data',
    data: { source: { kind: 'generated' }, sequence_length: LENGTH, train_tokens: BATCH * LENGTH, held_out_tokens: LENGTH, task_examples: 0, seed: 1 },
  },
  { id: 'activations', kind: 'record_activations', parent: 'parent', data: 'data', train_sequences: BATCH, held_out_sequences: 1, out: 'activations' },
  {
    id: 'bld',
    kind: 'distil_blocks',
    parent: 'parent',
    data: 'data',
    activations: 'activations',
    parent_layers: [LAYER],
    targets: [
      { part: 'attention', attention: { kind: 'gqa', kv_heads: 4 } },
      { part: 'ffn', ffn: { kind: 'swiglu', intermediate_size: 7168 } },
    ],
    training: {
      steps: 1,
      batch: BATCH,
      learning_rate: 1e-5,
      final_learning_rate: 1e-5,
      warmup_steps: 0,
      weight_decay: 0,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      seed: 1,
      checkpoint_every_s: 1e9,
    },
    out: 'blocks',
  },
  {
    id: 'score',
    kind: 'score_blocks',
    parent: 'parent',
    data: 'data',
    activations: 'activations',
    blocks: 'blocks',
    trained: true,
    parent_layers: [LAYER],
    variants: ['kv4/14336', 'kv8/7168'],
    sequences: 1,
    tasks: false,
    out: 'scores/layer_0.json',
  },
];

const [folder = '.'] = process.argv.slice(2);
const parent = parentModel(PARENT);
if (parent === undefined) throw new Error(`There is no ${PARENT}.`);
const architecture = parentArchitecture(parent);
const { device } = await openTensorDevice({ prefer: 'wasm_native' });
const files = withMadeUpParent(nodeFiles(folder), 'parent', architecture);
say({ kind: 'start', parent: parent.name, weights_bf16_bytes: parentBytes(architecture), device: device.line, layer: LAYER, batch: BATCH, length: LENGTH });
for (const spec of JOBS) {
  forgetPeak();
  const startedAt = performance.now();
  const result = await runJob(spec, {
    files,
    device,
    emit: (event) => {
      if (event.kind === 'log') say({ kind: 'log', text: event.text });
    },
    breathe: () => new Promise((resolve) => void setImmediate(resolve)),
    now: () => performance.now(),
  });
  const { heapBytes, tensors } = memoryUse();
  say({ kind: 'job', job: spec.kind, seconds: (performance.now() - startedAt) / 1000, heap_bytes: heapBytes, live_tensors: tensors, peak_rss_bytes: peakRss(), outcome: outcomeOf(result) });
}

/** The few numbers that show that something was computed. */
function outcomeOf(result: unknown): string {
  const training = layerTrainingSchema.safeParse(result);
  if (training.success) return training.data.targets.map(({ target, initial_nmse: initial, final_nmse: final }) => `${target} normalised MSE ${initial.toPrecision(4)} to ${final.toPrecision(4)}`).join(', ');
  const scores = layerScoresSchema.safeParse(result);
  if (scores.success) return scores.data.variants.map(({ variant, quality }) => `${variant} KL ${quality.kl_div.toPrecision(3)}`).join(', ');
  return '';
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Linux counts from now on; elsewhere a later job's peak is at least an earlier one's. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Another system.
  }
}

function peakRss(): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // Another system.
  }
  return process.resourceUsage().maxRSS * 1024;
}
