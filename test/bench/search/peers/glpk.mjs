/** glpk.js as it comes: the whole binary program, gap 0, its own presolve, no search of ours around it. */
import { performance } from 'node:perf_hooks';

export const glpkPlain = {
  id: 'glpk',
  title: 'glpk.js (plain)',
  timed: 'the call, which hands the model over (some milliseconds)',
  missing: 'glpk.js is not installed: npm ci',
  async open() {
    const { default: createGlpk } = await import('glpk.js/node');
    // It says how it begins on the standard output, whatever its message level.
    const { log } = console;
    let glpk = await createGlpk();
    return {
      version: glpk.version,
      async solve(model, { limitSeconds }) {
        const lp = programOf(glpk, model);
        console.log = () => undefined;
        const startedAt = performance.now();
        try {
          const { result } = glpk.solve(lp, { msglev: glpk.GLP_MSG_OFF, presol: true, mipgap: 0, tmlim: limitSeconds });
          const ms = performance.now() - startedAt;
          const chosen = lp.binaries.flatMap((name, c) => (result.vars[name] > 0.5 ? [c] : []));
          const status = result.status === glpk.GLP_OPT ? 'optimal' : result.status === glpk.GLP_NOFEAS ? 'infeasible' : 'limit';
          return { status, ms, chosen };
        } catch {
          // Out of memory, mostly; a wasm module that aborted is of no more use.
          const ms = performance.now() - startedAt;
          glpk = await createGlpk();
          return { status: 'failed', ms, chosen: [] };
        } finally {
          console.log = log;
        }
      },
      close: () => undefined,
    };
  },
};

function programOf(glpk, { layers, cost, costScale, rows }) {
  const names = Array.from(cost, (_, c) => `x${c}`);
  return {
    name: 'case',
    objective: { direction: glpk.GLP_MIN, name: 'cost', vars: names.map((name, c) => ({ name, coef: cost[c] / costScale })) },
    subjectTo: [
      ...layers.map((choices, layer) => ({
        name: `layer${layer}`,
        vars: choices.map((c) => ({ name: names[c], coef: 1 })),
        bnds: { type: glpk.GLP_FX, lb: 1, ub: 1 },
      })),
      ...rows.map(({ column, bound, values, scale }) => ({
        name: column,
        vars: names.map((name, c) => ({ name, coef: values[c] / scale })).filter(({ coef }) => coef !== 0),
        bnds: { type: glpk.GLP_UP, lb: 0, ub: bound / scale },
      })),
    ],
    binaries: names,
  };
}
