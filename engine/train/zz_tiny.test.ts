import { existsSync, mkdirSync } from 'node:fs';
import { it } from 'vitest';
import { testContext } from '../../test/support/job_context.ts';
import { useTensorDevice } from '../../test/support/tensor_device.ts';
import { nodeFiles } from '../hosts/trainer/node_files.ts';
import { presetPlan } from '../hosts/pipeline/presets.ts';
import * as jobs from '../hosts/pipeline/jobs.ts';
import { openCheckpoint } from '../transformer/checkpoint.ts';
import { runJob } from './run_job.ts';
useTensorDevice('wasm_native');
it('tiny', async () => {
  const root = '/tmp/p/b/tiny';
  mkdirSync(root, { recursive: true });
  const files = nodeFiles(root);
  const plan = presetPlan('tiny', 1); (plan.parent as any).training = { ...(plan.parent as any).training, steps: 260, warmup_steps: 20 };
  const run = async (spec: any, say = (r: any) => ''): Promise<any> => {
    const t = performance.now();
    const context = testContext({ files, backend: 'wasm_native' });
    const r = await runJob(spec, { ...context, now: () => performance.now(), emit: (e) => { if (e.kind === 'point' && spec.kind === 'train_parent' && e.series === 'held_out_loss') console.log('loss', e.step, e.value); if (e.kind === 'log') console.log(e.text); } });
    console.log('DONE', spec.id, ((performance.now() - t) / 1000).toFixed(1), say(r));
    return r;
  };
  if (!existsSync(`${root}/data/data.json`)) await run(jobs.dataJob(plan));
  if (!existsSync(`${root}/parent/config.json`)) await run(jobs.parentJob(plan, 212), (r) => JSON.stringify(r));
  if (!existsSync(`${root}/activations/held_out/index.json`)) await run(jobs.activationsJob(plan), (r) => JSON.stringify(r));
  await run(jobs.measureJob(plan), (r) => JSON.stringify({ ...r, device: 0 }));
  const parent = await openCheckpoint(files, 'parent');
  const layers = (process.env['LAYERS'] ?? '0,3').split(',').map(Number);
  const lrs = (process.env['LRS'] ?? '').split(',').filter(Boolean).map(Number);
  const bld = jobs.decoupledJobs(plan, parent.architecture);
  for (const layer of layers) {
    for (const lr of lrs.length ? lrs : [undefined]) {
      const spec = bld[layer] as any;
      const s = lr === undefined ? spec : { ...spec, out: `blocks${lr}`, training: { ...spec.training, learning_rate: lr, final_learning_rate: lr / 10 } };
      await run(s, (r) => `lr ${lr}\n` + r.targets.map((t: any) => `   ${t.target} ${t.initial_nmse.toPrecision(3)} -> ${t.final_nmse.toPrecision(3)}`).join('\n'));
    }
    if (!lrs.length) await run(jobs.scoreJobs(plan, 8, { trained: true, out: 'scores', prefix: '' })[layer], (r) => '\n' + r.variants.map((v: any) => `   ${v.variant} kl ${v.quality.kl_div.toPrecision(3)} nmse ${v.nmse.toPrecision(3)} copy ${v.quality.tasks.copy}`).join('\n'));
  }
}, 3600_000);
