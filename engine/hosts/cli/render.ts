/** Answers for people to read. */
import type { LibraryView } from '../../protocol/library.ts';
import {
  ATTENTION_LAYERS,
  type BaselinePoint,
  type LimitState,
  type SolveReport,
  type SolveUpdate,
  type Statement,
  type WorkloadResult,
} from '../../protocol/problem.ts';
import { attentionId, ffnId, type ChosenBlock } from '../../protocol/variant.ts';
import { limitKey, type Infeasible } from './limit_report.ts';
import { change, exact, milliseconds, rough, table } from './table.ts';

export const EXIT_INFEASIBLE = 3;

export function renderAnswer(view: LibraryView, objective: string, report: SolveReport): string {
  const proof =
    report.status === 'optimal' ? 'proven optimal' : `within ${(report.gap * 100).toPrecision(3)} % of the optimum`;
  const lines = [`${objective} = ${exact(report.objective)}, ${proof}, ${milliseconds(report.solve_ms)}`];
  if (report.relaxation !== undefined) lines.push(`No mixture of variants could do better than ${exact(report.relaxation)} (linear relaxation).`);
  lines.push(...circumstances(view));
  if (report.limits.length > 0) lines.push('', ...limitTable(objective, report.limits));
  for (const [index, solution] of report.solutions.entries()) {
    lines.push('');
    if (report.solutions.length > 1) lines.push(`Solution ${index + 1}: ${objective} = ${exact(solution.objective)}`);
    for (const [id, value] of Object.entries(solution.costs)) lines.push(`  ${id.padEnd(24)} ${costLine(view, id, value)}`);
    lines.push(...(solution.workloads ?? []).map(workloadLine), ...layerLines(solution.blocks));
  }
  return `${lines.join('\n')}\n`;
}

/** What the plain runtime and throughput columns were measured or computed with. */
function circumstances({ header }: LibraryView): string[] {
  const column = header.columns.find(({ id }) => id === 'runtime_ms');
  const { device, batch, isl, osl, tp, dtypes } = header.measurements.find(({ id }) => id === column?.measurement) ?? {};
  if (device === undefined || batch === undefined) return [];
  const formats = [...new Set([dtypes?.weights, dtypes?.activations, dtypes?.kv])].filter((format) => format !== undefined).join('/');
  const lengths = isl === undefined || osl === undefined ? '' : `, ${isl} prompt and ${osl} generated tokens`;
  return [`Runtime and throughput on ${tp === undefined || tp === 1 ? '' : `${tp} x `}${device}${formats === '' ? '' : `, ${formats}`}, batch ${batch}${lengths}.`];
}

/** What each limit allows, what the best child uses of it, and what moving it is worth. */
function limitTable(objective: string, limits: readonly LimitState[]): string[] {
  return table(
    ['limit', '', 'used', 'room', `moving it changes ${objective} by`],
    limits.map((state) => [limitKey(state), sideText(state.side, state.limit), exact(state.value), exact(Math.max(0, state.slack)), worthOf(state)]),
  );
}

export function sideText(side: 'max' | 'min', limit: number): string {
  return `${side === 'max' ? '<=' : '>='} ${exact(limit)}`;
}

/** The price over a step that one can picture: a power of ten, about a hundredth of the limit. */
export function worthOf({ binding, limit, price }: LimitState): string {
  if (!binding) return 'nothing: it does not bind';
  const step = limit === 0 ? 1 : 10 ** Math.floor(Math.log10(Math.abs(limit) / 20));
  return `${change(price * step)} per +${rough(step)}`;
}

function costLine(view: LibraryView, id: string, value: number): string {
  const column = view.header.columns.find((candidate) => candidate.id === id);
  const unit = column?.unit ?? (id === ATTENTION_LAYERS ? 'layers' : 'tok/s');
  const estimated = column?.provenance.kind === 'estimated' ? '  (estimated)' : '';
  return `${exact(value)} ${unit}${estimated}`;
}

function workloadLine({ id, batch, costs, largest_batch: largest }: WorkloadResult): string {
  const figures = Object.entries(costs).map(([quantity, value]) => `${quantity} ${rough(value)}`);
  const room = largest === undefined ? '' : ` (memory has room for ${exact(largest)})`;
  return `  workload ${id}: batch ${exact(batch)}${room}, ${figures.join(', ')}`;
}

/** Runs of equal neighbouring blocks in one line each. */
function layerLines(blocks: readonly ChosenBlock[]): string[] {
  const lines: string[] = [];
  for (let start = 0; start < blocks.length; ) {
    let end = start;
    while (blocks[end + 1]?.variant === blocks[start].variant) end++;
    const first = blocks[start].parent_layers[0];
    const last = blocks[end].parent_layers.at(-1) ?? first;
    const layers = first === last ? `layer ${first}` : `layers ${first}-${last}`;
    lines.push(`  ${layers.padEnd(14)} attention ${attentionId(blocks[start].attention).padEnd(8)} FFN ${ffnId(blocks[start].ffn)}`);
    start = end + 1;
  }
  return lines;
}

export function renderInfeasible({ reachable, conflict }: Pick<Infeasible, 'reachable' | 'conflict'>): string {
  const lines = ['No child meets these limits.'];
  for (const limit of reachable) {
    const kind = `${limit.side === 'max' ? 'smallest' : 'largest'} ${limit.proven ? 'reachable' : 'found so far'}`;
    const under = limit.others_hold ? 'while the other limits hold' : 'without the other limits, which no child meets';
    lines.push(`  ${limitKey(limit)}: limit ${exact(limit.limit)}, ${kind} ${exact(limit.reachable)} ${under}`);
  }
  if (conflict.length > 0) lines.push('No child meets these together, even with everything else left aside:', ...conflict.map((statement) => `  ${statementText(statement)}`));
  return `${lines.join('\n')}\n`;
}

function statementText(statement: Statement): string {
  switch (statement.kind) {
    case 'limit':
      return `${limitKey(statement)} ${sideText(statement.side, statement.limit)}`;
    case 'lock':
      return `layer ${statement.layer} locked to ${statement.variant}`;
    case 'ban':
      return `${statement.variant} banned ${statement.layer === undefined ? 'in all layers' : `in layer ${statement.layer}`}`;
    default:
      return statement satisfies never;
  }
}

export function renderFrontierPoint(over: string, level: number, result: SolveUpdate): string {
  const head = `${over} ${exact(level).padStart(14)}`;
  switch (result.status) {
    case 'optimal':
      return `${head}  objective ${exact(result.objective).padStart(12)}  proven  ${milliseconds(result.solve_ms)}\n`;
    case 'feasible':
      return `${head}  objective ${exact(result.objective).padStart(12)}  within ${(result.gap * 100).toPrecision(3)} %\n`;
    case 'infeasible':
      return `${head}  infeasible\n`;
    default:
      return `${head}  ${result.status}\n`;
  }
}

export function renderBaseline(over: string, { method, level, variant, solution }: BaselinePoint): string {
  const value = level ?? solution.costs[over];
  const place = value === undefined ? ' '.repeat(14) : exact(value).padStart(14);
  return `${over} ${place}  objective ${exact(solution.objective).padStart(12)}  ${method}${variant === undefined ? '' : ` ${variant}`}\n`;
}
