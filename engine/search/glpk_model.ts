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
  /** 'proven': nothing better than `found` exists, or nothing at all where nothing was found. */
  readonly kind: 'proven' | 'open';
  readonly found: Incumbent | undefined;
}

/** The gap to close, in the units of the scaled objective: GLPK compares objectives to about 1e-7 of 1. */
const GAP_UNITS = 1000;
/** Scores closer than this are rounding in any unit; it keeps the scale finite. */
const SMALLEST_GAP = 1e-100;
/** Above the incumbent, in the same units, so that the model always contains it. */
const CUTOFF_ROOM = 1e-3;

/**
 * Searches for children cheaper than the incumbent, at gap 0, for at most `seconds`. The objective is scaled so that
 * the gap to close is large against GLPK's own tolerances, which makes its "optimal" mean what it says.
 * @param bound proven lower bound on the cost above the core's offset
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
  const largest = core.cost.reduce((most, cost) => Math.max(most, cost), 0);
  const gap = incumbent === undefined ? largest : incumbent.cost - bound;
  const scale = GAP_UNITS / Math.max(gap, largest * 1e-6, SMALLEST_GAP);
  const { result } = glpk.solve(model(glpk, core, classes, scale, incumbent?.cost), {
    msglev: glpk.GLP_MSG_OFF,
    presol: true,
    mipgap: 0,
    tmlim: seconds,
  });
  if (result.status === glpk.GLP_NOFEAS || result.status === glpk.GLP_INFEAS) {
    // The incumbent satisfies the model, so with one this is a rounding mishap and no proof.
    return { kind: incumbent === undefined ? 'proven' : 'open', found: undefined };
  }
  if (result.status !== glpk.GLP_OPT && result.status !== glpk.GLP_FEAS) return { kind: 'open', found: undefined };
  const counts = classes.members.map((members, k) => Math.round(result.vars[countName(members, k)] ?? 0));
  const chosen = cheapestWithCounts(core, classes, counts);
  // GLPK accepts rows within its own tolerance; what our arithmetic rejects proves nothing.
  if (chosen === undefined || !accept(chosen)) return { kind: 'open', found: undefined };
  let cost = 0;
  for (const choice of chosen) cost += at(core.cost, choice);
  const agrees = cost * scale <= result.z + 1e-6 * (GAP_UNITS + Math.abs(result.z));
  return { kind: result.status === glpk.GLP_OPT && agrees ? 'proven' : 'open', found: { chosen, cost } };
}

/** Variable that counts a class; a class of one needs none beside its choice. */
function countName(members: readonly number[], k: number): string {
  return members.length === 1 ? `x${members[0]}` : `n${k}`;
}

type Term = LP['subjectTo'][number]['vars'][number];

function model(glpk: GLPK, core: Core, classes: CountClasses, scale: number, cutoff: number | undefined): LP {
  const choices = Array.from(core.cost, (_, c) => `x${c}`);
  const costs = choices.map((name, c): Term => ({ name, coef: at(core.cost, c) * scale }));
  const subjectTo: LP['subjectTo'] = [];
  for (let g = 0; g + 1 < core.groupStart.length; g++) {
    const vars = choices.slice(core.groupStart[g], core.groupStart[g + 1]).map((name): Term => ({ name, coef: 1 }));
    subjectTo.push({ name: `g${g}`, vars, bnds: { type: glpk.GLP_FX, lb: 1, ub: 1 } });
  }
  for (const [r, coef] of core.coefs.entries()) {
    const vars = classes.members
      .map((members, k): Term => ({ name: countName(members, k), coef: at(coef, members[0]) }))
      .filter((term) => term.coef !== 0);
    subjectTo.push({ name: `r${r}`, vars, bnds: { type: glpk.GLP_UP, lb: 0, ub: at(core.bounds, r) } });
  }
  if (cutoff !== undefined) {
    subjectTo.push({ name: 'cutoff', vars: costs, bnds: { type: glpk.GLP_UP, lb: 0, ub: cutoff * scale + CUTOFF_ROOM } });
  }
  const binaries: string[] = [];
  const generals: string[] = [];
  const bounds: NonNullable<LP['bounds']> = [];
  for (const [k, members] of classes.members.entries()) {
    const name = countName(members, k);
    if (members.length === 1) {
      binaries.push(name);
      continue;
    }
    generals.push(name);
    bounds.push({ name, type: glpk.GLP_DB, lb: 0, ub: members.length });
    const vars: Term[] = [{ name, coef: -1 }, ...members.map((c) => ({ name: `x${c}`, coef: 1 }))];
    subjectTo.push({ name: `c${k}`, vars, bnds: { type: glpk.GLP_FX, lb: 0, ub: 0 } });
  }
  return {
    name: 'core',
    objective: { direction: glpk.GLP_MIN, name: 'cost', vars: costs },
    subjectTo,
    bounds,
    binaries,
    generals,
  };
}
