/**
 * What is left of a problem as a GLPK mixed-integer program. Where many choices have the same coefficients in every
 * row (costs that depend on the variant and not on the layer), only how often each class is used is integer: with
 * integral counts the rest is a transportation problem, whose corners are integral. Otherwise every choice is binary.
 */
import type { GLPK, LP } from 'glpk.js/node';
import { at, type Core } from './core.ts';
import { cheapestWithCounts, type CountClasses } from './count_classes.ts';
import type { Incumbent } from './primal.ts';

export interface GlpkAnswer {
  /** 'proven': nothing better than `found`, or than the incumbent where nothing was found, exists. */
  readonly kind: 'proven' | 'open';
  readonly found: Incumbent | undefined;
}

/**
 * Searches for children of a cost from `bound` to the incumbent's, at gap 0, for at most `seconds`.
 * @param accept checks a found choice in the original problem's arithmetic
 */
export function solveWithGlpk(
  glpk: GLPK,
  core: Core,
  classes: CountClasses,
  bound: number,
  incumbent: Incumbent | undefined,
  seconds: number,
  accept: (chosen: Int32Array) => boolean,
): GlpkAnswer {
  const aggregated = classes.members.length * 2 <= core.cost.length;
  const cutoff = incumbent === undefined ? undefined : incumbent.cost;
  const { result } = glpk.solve(model(glpk, core, aggregated ? classes : undefined, bound, cutoff), {
    msglev: glpk.GLP_MSG_OFF,
    presol: true,
    mipgap: 0,
    tmlim: seconds,
  });
  if (result.status === glpk.GLP_NOFEAS || result.status === glpk.GLP_INFEAS) return { kind: 'proven', found: undefined };
  if (result.status !== glpk.GLP_OPT && result.status !== glpk.GLP_FEAS) return { kind: 'open', found: undefined };
  const chosen = aggregated
    ? cheapestWithCounts(core, classes, classes.members.map((_, k) => Math.round(result.vars[`n${k}`] ?? 0)))
    : largestShares(core, result.vars);
  // GLPK accepts rows within its own tolerance; what our arithmetic rejects proves nothing.
  if (chosen === undefined || !accept(chosen)) return { kind: 'open', found: undefined };
  let cost = 0;
  for (const choice of chosen) cost += at(core.cost, choice);
  return { kind: result.status === glpk.GLP_OPT ? 'proven' : 'open', found: { chosen, cost } };
}

type Term = LP['subjectTo'][number]['vars'][number];

function model(glpk: GLPK, core: Core, classes: CountClasses | undefined, bound: number, cutoff: number | undefined): LP {
  const names = Array.from(core.cost, (_, c) => `x${c}`);
  const costs = names.map((name, c): Term => ({ name, coef: at(core.cost, c) }));
  const subjectTo: LP['subjectTo'] = [];
  for (let g = 0; g + 1 < core.groupStart.length; g++) {
    const vars = names.slice(core.groupStart[g], core.groupStart[g + 1]).map((name): Term => ({ name, coef: 1 }));
    subjectTo.push({ name: `g${g}`, vars, bnds: { type: glpk.GLP_FX, lb: 1, ub: 1 } });
  }
  for (const [r, coef] of core.coefs.entries()) {
    const terms =
      classes === undefined
        ? names.map((name, c): Term => ({ name, coef: at(coef, c) }))
        : classes.members.map((members, k): Term => ({ name: `n${k}`, coef: at(coef, members[0] ?? -1) }));
    const vars = terms.filter((term) => term.coef !== 0);
    subjectTo.push({ name: `r${r}`, vars, bnds: { type: glpk.GLP_UP, lb: 0, ub: at(core.bounds, r) } });
  }
  if (cutoff !== undefined) {
    const slack = 1e-9 * (1 + Math.abs(cutoff));
    const bnds = { type: glpk.GLP_DB, lb: Math.min(bound, cutoff) - slack, ub: cutoff + slack };
    subjectTo.push({ name: 'cost', vars: costs, bnds });
  }
  const lp: LP = { name: 'core', objective: { direction: glpk.GLP_MIN, name: 'cost', vars: costs }, subjectTo };
  if (classes === undefined) return { ...lp, binaries: names };
  for (const [k, members] of classes.members.entries()) {
    const vars: Term[] = [{ name: `n${k}`, coef: -1 }, ...members.map((c) => ({ name: `x${c}`, coef: 1 }))];
    subjectTo.push({ name: `c${k}`, vars, bnds: { type: glpk.GLP_FX, lb: 0, ub: 0 } });
  }
  const groups = core.groupStart.length - 1;
  const counts = classes.members.map((_, k) => `n${k}`);
  return {
    ...lp,
    generals: counts,
    bounds: [
      ...counts.map((name) => ({ name, type: glpk.GLP_DB, lb: 0, ub: groups })),
      ...names.map((name) => ({ name, type: glpk.GLP_DB, lb: 0, ub: 1 })),
    ],
  };
}

function largestShares(core: Core, vars: Readonly<Record<string, number>>): Int32Array {
  const chosen = new Int32Array(core.groupStart.length - 1);
  for (let g = 0; g < chosen.length; g++) {
    let best = at(core.groupStart, g);
    for (let c = best + 1; c < at(core.groupStart, g + 1); c++) if ((vars[`x${c}`] ?? 0) > (vars[`x${best}`] ?? 0)) best = c;
    chosen[g] = best;
  }
  return chosen;
}
