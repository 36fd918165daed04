import { performance } from 'node:perf_hooks';
import createGlpk from 'glpk.js/node';
import { test } from 'vitest';
import { sharedData } from '../../test/support/shared_data.ts';
import { nvlabsView } from './library_fixture.ts';
import { sweepProblem } from './sweep.ts';
test('m', { timeout: 200000 }, async () => {
  const view = nvlabsView(sharedData('nvlabs-puzzle/block_library.json')!);
  const glpk = await createGlpk();
  for (const [over, limits] of [['total_tok_s', []], ['memory_mib', []], ['total_tok_s', [{ column: 'memory_mib', max: 80000 }]], ['memory_mib', [{column:'total_tok_s', min: 6000}]]] as const) {
    const at = performance.now(); let last = at; const ms: number[] = [];
    await sweepProblem(view, { library_id: view.id, objective: 'kl_div', limits: [...limits], over, points: 100 }, { glpk, now: () => performance.now(), shouldStop: () => false }, (e) => {
      const t = performance.now(); if (e.kind === 'point') { ms.push(Math.round(t - last)); } last = t;
    });
    console.log(over, JSON.stringify(limits), 'total', Math.round(performance.now() - at), ms.join(' '));
  }
});
