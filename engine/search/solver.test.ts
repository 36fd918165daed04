/** The engine's side of the search workers, with the real worker built into a temporary folder. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LibraryView } from '../protocol/library.ts';
import type { Problem, SolveUpdate } from '../protocol/problem.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { Solver } from './solver.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'search-worker-'));
const entry = path.join(folder, 'search_worker.js');

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { input: path.join(import.meta.dirname, 'search_worker.ts'), output: { format: 'es', entryFileNames: '[name].js' } },
    },
  });
  const glpk = createRequire(import.meta.url).resolve('glpk.js/node');
  copyFileSync(path.join(path.dirname(glpk), 'glpk.wasm'), path.join(folder, 'glpk.wasm'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const view = fixtureView(
  2,
  [fixtureColumn('score', { role: 'score' }), fixtureColumn('memory_mib')],
  [1, 2].flatMap((score, layer) => [
    { layer, values: { score: 0, memory_mib: 100 } },
    { layer, values: { score, memory_mib: 0 } },
  ]),
);

/** 60 layers x 30 variants of unrelated costs under four equally tight limits: minutes of work. */
function hardView(): LibraryView {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const ids = ['score', 'a', 'b', 'c', 'd'];
  const choices = Array.from({ length: 60 * 30 }, (_, i) => ({
    layer: Math.floor(i / 30),
    values: Object.fromEntries(ids.map((id) => [id, next()])),
  }));
  return fixtureView(60, ids.map((id) => fixtureColumn(id)), choices, { id: 'hard' });
}

const easyProblem = (max: number): Problem => ({ library_id: view.id, objective: 'score', limits: [{ column: 'memory_mib', max }] });
const hardProblem: Problem = {
  library_id: 'hard',
  objective: 'score',
  limits: ['a', 'b', 'c', 'd'].map((column) => ({ column, max: 18 })),
};

async function within<T>(use: (solver: Solver, workers: Worker[]) => Promise<T>): Promise<T> {
  const workers: Worker[] = [];
  const solver = new Solver({
    createWorker: () => {
      const worker = new Worker(entry);
      workers.push(worker);
      return worker;
    },
  });
  try {
    return await use(solver, workers);
  } finally {
    solver.dispose();
  }
}

async function finalOf(solver: Solver, max: number): Promise<SolveUpdate | undefined> {
  const updates: SolveUpdate[] = [];
  await solver.solve(view, easyProblem(max), (update) => updates.push(update)).done;
  return updates.at(-1);
}

describe('solves', () => {
  test('one after the other, each proven', async () => {
    await within(async (solver) => {
      expect(await finalOf(solver, 200)).toMatchObject({ status: 'optimal', objective: 0, final: true });
      expect(await finalOf(solver, 100)).toMatchObject({ status: 'optimal', objective: 1, final: true });
      expect(await finalOf(solver, -1)).toMatchObject({ status: 'infeasible', reachable: [{ reachable: 0 }] });
    });
  });

  test('what cannot be understood rejects, and the next solve works', async () => {
    await within(async (solver) => {
      const bad = solver.solve(view, { ...easyProblem(1), objective: 'nothing' }, () => undefined);
      await expect(bad.done).rejects.toMatchObject({ payload: { code: 'bad_input' } });
      expect(await finalOf(solver, 100)).toMatchObject({ status: 'optimal', objective: 1 });
    });
  });

  test('the newest wins: a hard solve gives way, and says so', async () => {
    await within(async (solver) => {
      const older: SolveUpdate[] = [];
      let begun = (): void => undefined;
      const underWay = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const hard = solver.solve(hardView(), hardProblem, (update) => {
        older.push(update);
        begun();
      });
      await underWay;
      expect(older[0]).toMatchObject({ status: 'feasible', final: false });
      const startedAt = Date.now();
      expect(await finalOf(solver, 100)).toMatchObject({ status: 'optimal', objective: 1 });
      await hard.done;
      expect(older.at(-1)).toEqual({ status: 'cancelled' });
      // 100 ms of grace and a spare that is already running; the rest is room for a busy machine.
      expect(Date.now() - startedAt).toBeLessThan(1500);
    });
  });

  test('a cancelled solve ends at once with that status', async () => {
    await within(async (solver) => {
      const updates: SolveUpdate[] = [];
      const run = solver.solve(hardView(), hardProblem, (update) => updates.push(update));
      run.cancel();
      await run.done;
      expect(updates).toEqual([{ status: 'cancelled' }]);
      expect(await finalOf(solver, 100)).toMatchObject({ status: 'optimal' });
    });
  });

  test('a worker that dies rejects with an internal error, and the next solve works', async () => {
    await within(async (solver, workers) => {
      const run = solver.solve(hardView(), hardProblem, () => undefined);
      const refused = expect(run.done).rejects.toMatchObject({ payload: { code: 'internal' } });
      await workers[0].terminate();
      await refused;
      expect(await finalOf(solver, 100)).toMatchObject({ status: 'optimal', objective: 1 });
    });
  });
});

test('a sweep does not hold up a solve', async () => {
  await within(async (solver) => {
    const sweep = solver.study('sweep', hardView(), { ...hardProblem, limits: hardProblem.limits.slice(1), over: 'a', points: 50 }, () => undefined);
    expect(await finalOf(solver, 100)).toMatchObject({ status: 'optimal', objective: 1 });
    sweep.cancel();
    await sweep.done;
  });
});
