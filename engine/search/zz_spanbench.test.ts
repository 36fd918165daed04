import { performance } from 'node:perf_hooks';
import createGlpk from 'glpk.js/node';
import createHighs from 'highs';
import { test } from 'vitest';
import { groupOfChoices, type NumericProblem } from './numeric_problem.ts';
import { searchCover } from './spans.ts';
import { coverCoreOf, undominatedIntervals } from './cover_core.ts';
import { relaxCover } from './cover_relaxation.ts';
import { searchExactly } from './exact_search.ts';
import { nvlabsView } from './library_fixture.ts';
import { toView } from '../library/view.ts';
import { sampleLibrary } from '../library/sample.ts';
const glpk = await createGlpk();
const highs = await createHighs();
function random(seed: number): () => number {
  let state = seed;
  return () => { state = (state + 0x6d2b79f5) | 0; let t = Math.imul(state ^ (state >>> 15), 1 | state); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32; };
}
interface I { first: number; last: number; cost: number; use: number[] }
function problemOf(layers: number, intervals: readonly I[], bounds: readonly number[]): NumericProblem {
  const ordered = [...intervals].sort((a, b) => a.first - b.first);
  const groupStart = new Int32Array(layers + 1);
  for (const { first } of ordered) groupStart[first + 1]++;
  for (let layer = 0; layer < layers; layer++) groupStart[layer + 1] += groupStart[layer];
  return { groupStart, last: Int32Array.from(ordered, ({ last }) => last), cost: Float64Array.from(ordered, ({ cost }) => cost),
    rows: bounds.map((bound, r) => ({ key: `r${r}`, coef: Float64Array.from(ordered, ({ use }) => use[r]), bound, tolerance: 1e-9 * Math.max(1, Math.abs(bound)) })) };
}
function byHighs(problem: NumericProblem): number | undefined {
  const first = groupOfChoices(problem.groupStart);
  const terms = (coef: Float64Array): string => Array.from(coef, (value, c) => `${value < 0 ? '-' : '+'} ${Math.abs(value)} x${c}`).join(' ');
  const lines = ['Minimize', ` obj: ${terms(problem.cost)}`, 'Subject To'];
  for (const row of problem.rows) lines.push(` ${row.key}: ${terms(row.coef)} <= ${row.bound}`);
  for (let layer = 0; layer + 1 < problem.groupStart.length; layer++) {
    const names = Array.from(first.keys()).filter((c) => first[c] <= layer && problem.last![c] >= layer);
    lines.push(` l${layer}: ${names.map((c) => `x${c}`).join(' + ')} = 1`);
  }
  lines.push('Binary', ` ${Array.from(problem.cost, (_, c) => `x${c}`).join(' ')}`, 'End');
  const result = highs.solve(lines.join('\n'), { mip_rel_gap: 0, mip_abs_gap: 0, time_limit: 60 });
  return result.Status === 'Optimal' ? result.ObjectiveValue : undefined;
}
async function run(name: string, problem: NumericProblem, judge = true): Promise<void> {
  if (process.env['PROBE']) {
    const a = performance.now(); const keep = undominatedIntervals(problem); const b = performance.now(); const core = coverCoreOf(problem, keep)!; const c = performance.now();
    const rel = relaxCover(core, []); const d = performance.now();
    console.log(name, 'dom', (b-a).toFixed(1), 'core', (c-b).toFixed(1), 'n', core.first.length, 'relax', (d-c).toFixed(1), rel === 'infeasible' ? rel : [rel.bound + core.offset, [...rel.prices]].join(' '), 'dearest', core.dearest);
    return;
  }
  const t = performance.now();
  let firstAt = 0;
  const outcome = await searchCover(problem, { glpk, now: () => performance.now(), shouldStop: () => false, deadline: t + 20000, answerBy: t + 2000, onProgress: () => { firstAt ||= performance.now() - t; } });
  const ms = performance.now() - t;
  const u = performance.now();
  const expected = judge ? byHighs(problem) : undefined;
  const hms = performance.now() - u;
  const got = 'chosen' in outcome ? outcome : undefined;
  console.log(name.padEnd(30), outcome.kind, 'first', firstAt.toFixed(0), 'ms', ms.toFixed(0), 'highs', hms.toFixed(0), got?.cost.toFixed(6), expected?.toFixed(6), got && 'gap%', got && (100 * (got.cost - got.bound) / Math.abs(got.cost)).toFixed(4), got && 'lpgap%', got && (100 * (got.cost - got.relaxation.cost) / Math.abs(got.cost)).toFixed(4), got && problem.groupStart.length - 1 - got.chosen.length);
}
function library(rnd: () => number, layers: number, variants: number, spans: readonly number[], rows: number, spanVariants = 2): I[] {
  const make = (first: number, length: number): I => {
    const size = rnd();
    const use = Array.from({ length: rows }, () => length * (0.2 + 0.6 * size + 0.4 * rnd()) * (length > 1 ? 0.8 : 1));
    return { first, last: first + length - 1, cost: length * (1.2 - size + 0.5 * rnd()) * (length > 1 ? 1.05 : 1), use };
  };
  const intervals: I[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let v = 0; v < variants; v++) intervals.push(make(layer, 1));
    for (const length of spans) if (layer + length <= layers) for (let v = 0; v < spanVariants; v++) intervals.push(make(layer, length));
  }
  return intervals;
}
/** spans over pairs in a real library: one block in place of two: sum of the scores * factor, costs of one block. */
function withSpans(view: ReturnType<typeof nvlabsView>, columns: string[], score: string, rnd: () => number, share: number, penalty: number): I[] {
  const col = (id: string): Float64Array => view.values[view.header.columns.findIndex((c) => c.id === id)];
  const intervals: I[] = [];
  for (let c = 0; c < view.first_layer.length; c++) intervals.push({ first: view.first_layer[c], last: view.first_layer[c], cost: col(score)[c], use: columns.map((id) => col(id)[c]) });
  const layers = view.header.parent.num_hidden_layers;
  const singles = Array.from({ length: layers }, (_, l) => Array.from(view.first_layer.keys()).filter((c) => view.first_layer[c] === l));
  for (let l = 0; l + 1 < layers; l++) for (const [k, c] of singles[l].entries()) {
    if (rnd() > share) continue;
    const gone = Math.min(...singles[l + 1].map((d) => col(score)[d] ).filter((v) => v > 0));
    const worst = col(score)[singles[l + 1][singles[l + 1].length - 1]];
    void k; void gone;
    intervals.push({ first: l, last: l + 1, cost: col(score)[c] + worst * penalty * (0.5 + rnd()), use: columns.map((id) => col(id)[c]) });
  }
  return intervals;
}
const which = process.env['BENCH'] ?? 'all';
test('bench', async () => {
  if (which.includes('rand') || which === 'all') for (const seed of [1, 2, 3, 4]) {
    const rnd = random(seed);
    const intervals = library(rnd, 24, 6, [2], 2);
    await run(`pairs 24x6 ${seed}`, problemOf(24, intervals, [24 * (0.45 + 0.2 * rnd()), 24 * (0.45 + 0.2 * rnd())]));
  }
  if (which.includes('big') || which === 'all') for (const seed of [1, 2, 3]) {
    const rnd = random(seed);
    await run(`pairs+triples 40x10 ${seed}`, problemOf(40, library(rnd, 40, 10, [2, 3], 3), [40 * 0.5, 40 * 0.5, 40 * .52]));
  }
  for (const [name, view, columns, score] of [
    ['nvlabs', nvlabsView('/work/shared/data/nvlabs-puzzle/block_library.json'), ['memory_mib', 'runtime_ms', 'num_params'], 'kl_div'],
    ['sample', toView('s', sampleLibrary()), ['memory_mib', 'runtime_ms', 'num_params'], 'kl_div']] as const) {
    if (!(which.includes(name) || which === 'all')) continue;
    for (const [share, penalty] of [[0.05, 0.3], [0.3, 0.5], [1, 0.8]]) for (const seed of [1, 2, 3]) {
      const rnd = random(seed);
      const intervals = withSpans(view, [...columns], score, rnd, share, penalty);
      const layers = view.header.parent.num_hidden_layers;
      const total = [0, 1, 2].map((r) => Array.from({ length: layers }, (_, l) => Math.max(...intervals.filter((i) => i.first === l && i.last === l).map((i) => i.use[r]))).reduce((a, b) => a + b, 0));
      const rows = 1 + Math.floor(rnd() * 3);
      const bounds = total.slice(0, rows).map((t) => t * (0.4 + 0.5 * rnd()));
      await run(`${name} ${share} ${seed} rows ${rows}`, problemOf(layers, intervals.map((i) => ({ ...i, use: i.use.slice(0, rows) })), bounds), process.env['JUDGE'] !== undefined);
    }
  }
}, 1e6);
