/** HiGHS as WebAssembly, from npm: the peer that is always there. It has no threads. */
import { performance } from 'node:perf_hooks';
import { arraysOf } from '../model.mjs';

export const highsNpm = {
  id: 'highs-npm',
  title: 'HiGHS (npm, WebAssembly)',
  timed: 'the run of a model passed as arrays',
  missing: 'the development dependency highs is not installed: npm ci',
  async open() {
    let load;
    try {
      ({ default: load } = await import('highs'));
    } catch {
      return undefined;
    }
    const highs = await load();
    return {
      version: highs.version.string,
      async solve(model, { limitSeconds, tolerance }) {
        const { numCols, numRows, colCost, rowUpper, starts, indices, coefficients } = arraysOf(model);
        const { layers } = model;
        const instance = highs.createModel({
          numCols,
          numRows,
          colCost,
          colLower: new Float64Array(numCols),
          colUpper: new Float64Array(numCols).fill(1),
          rowLower: rowUpper.map((_, r) => (r < layers.length ? 1 : -highs.infinity)),
          rowUpper,
          matrix: { format: 'csc', numRows, numCols, starts, indices, values: coefficients },
          integrality: new Int32Array(numCols).fill(highs.constants.variableType.integer),
        });
        try {
          const tight = tolerance === undefined ? {} : { mip_feasibility_tolerance: tolerance, primal_feasibility_tolerance: tolerance };
          instance.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0, time_limit: limitSeconds, ...tight });
          const startedAt = performance.now();
          const { modelStatus } = instance.run();
          const ms = performance.now() - startedAt;
          const { modelStatus: names } = highs.constants;
          const status = modelStatus === names.optimal ? 'optimal' : modelStatus === names.timeLimit ? 'limit' : modelStatus === names.infeasible ? 'infeasible' : 'failed';
          const bound = Number(instance.info.get('mip_dual_bound'));
          const { colValue } = instance.getSolution();
          return {
            status,
            ms,
            bound: Number.isFinite(bound) ? bound * model.costScale + model.outside : undefined,
            chosen: Array.from(colValue.keys()).filter((c) => colValue[c] > 0.5),
          };
        } finally {
          instance.dispose();
        }
      },
      close: () => undefined,
    };
  },
};
