import { existsSync, mkdirSync } from 'node:fs';
import { it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { trainingSpec } from '../../test/support/small_run.ts';
import { nodeFiles } from '../hosts/trainer/node_files.ts';
import { parentArchitecture, parentModel } from '../architecture/presets.ts';
import { memoryUse } from '../tensor/backend/memory_guard.ts';
import { writeCheckpoint } from '../transformer/checkpoint_write.ts';
import { blockWeightShapes } from '../transformer/weights.ts';
import { elementCount } from '../transformer/host_tensor.ts';
import { runJob } from './run_job.ts';
useTensorDevice('wasm_native');
it('8b', async () => {
  const root = '/tmp/p/b/8b';
  mkdirSync(root, { recursive: true });
  const files = nodeFiles(root);
  const model = parentModel('llama-3.1-8b')!;
  const full = parentArchitecture(model);
  const architecture = { ...full, blocks: full.blocks.slice(0, 4) };
  const { shape } = architecture;
  const made = (size: readonly number[], salt: number, norm = false) => {
    const data = new Float32Array(elementCount(size));
    let s = salt | 1;
    for (let i = 0; i < data.length; i++) { s = (Math.imul(s, 1664525) + 1013904223) | 0; data[i] = norm ? 1 : s * 1.6e-11; }
    return { shape: size, data };
  };
  if (!existsSync(`${root}/parent/config.json`)) {
    const t = performance.now();
    await writeCheckpoint(files, 'parent', { architecture, dtype: 'BF16' }, {
      block: async (i) => Object.fromEntries(Object.entries(blockWeightShapes(shape, architecture.blocks[i]!)).map(([name, size], k) => [name, made(size, 100 * i + k, name.endsWith('norm.weight'))])),
      embedding: async () => made([shape.vocab_size, shape.hidden_size], 777),
      head: async () => made([shape.vocab_size, shape.hidden_size], 778),
      finalNorm: async () => made([shape.hidden_size], 1, true),
    });
    console.log('checkpoint', (performance.now() - t) / 1000);
  }
  const run = async (spec: any, say = (r: any) => ''): Promise<any> => {
    const t = performance.now();
    const context = testContext({ files, backend: 'wasm_native' });
    const r = await runJob(spec, { ...context, now: () => performance.now(), emit: (e) => { if (e.kind === 'log') console.log(e.text); } });
    console.log('DONE', spec.id, ((performance.now() - t) / 1000).toFixed(1), 's heap', ((memoryUse().heapBytes ?? 0) / 2 ** 30).toFixed(2), 'max rss', (process.resourceUsage().maxRSS / 2 ** 20).toFixed(2), 'GiB', say(r));
    return r;
  };
  await run({ id: 'data', kind: 'prepare_data', folder: 'data', data: { source: { kind: 'generated' }, sequence_length: 128, train_tokens: 1024, held_out_tokens: 1024, task_examples: 0, seed: 1 } });
  if (!existsSync(`${root}/activations/held_out/index.json`)) await run({ id: 'activations', kind: 'record_activations', parent: 'parent', data: 'data', train_sequences: 2, held_out_sequences: 2, out: 'activations' });
  await run({ id: 'bld', kind: 'distil_blocks', parent: 'parent', data: 'data', activations: 'activations', parent_layers: [1], out: 'blocks', training: trainingSpec({ steps: 1, batch: 1, learning_rate: 1e-4, warmup_steps: 0 }),
    targets: [{ part: 'attention', attention: { kind: 'gqa', kv_heads: 4 } }, { part: 'ffn', ffn: { kind: 'swiglu', intermediate_size: 7168 } }, { part: 'ffn', ffn: { kind: 'swiglu', intermediate_size: 12544 } }, { part: 'ffn', ffn: { kind: 'linear' } }] }, (r) => r.targets.map((t: any) => `\n   ${t.target} ${t.initial_nmse.toPrecision(3)} -> ${t.final_nmse.toPrecision(3)}`).join(''));
  await run({ id: 'score', kind: 'score_blocks', parent: 'parent', data: 'data', activations: 'activations', blocks: 'blocks', trained: true, parent_layers: [1], sequences: 2, tasks: false, out: 'score.json', variants: ['kv8/14336', 'kv4/14336', 'kv4/7168', 'kv8/7168', 'kv8/12544', 'kv8/linear', 'no_op/no_op'].filter((v) => v !== 'x') }, (r) => r.variants.map((v: any) => `\n   ${v.variant} kl ${v.quality.kl_div.toPrecision(3)} nmse ${v.nmse.toPrecision(3)}`).join(''));
  if (process.env['MEASURE']) await run({ id: 'measure', kind: 'measure_blocks', parent: 'parent', attentions: [{ kind: 'gqa', kv_heads: 8 }, { kind: 'gqa', kv_heads: 4 }], ffns: [{ kind: 'swiglu', intermediate_size: 14336 }, { kind: 'swiglu', intermediate_size: 7168 }], batch: 1, isl: 128, osl: 16, repeats: 1, out: 'times.json' }, (r) => JSON.stringify({ ...r, device: 0 }));
}, 3600_000);
