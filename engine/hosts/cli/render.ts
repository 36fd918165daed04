/** Answers for people to read. */
import type { LibraryView } from '../../protocol/library.ts';
import type { Reachable, SolveReport, SolveUpdate } from '../../protocol/problem.ts';
import { attentionId, ffnId, type ChosenBlock } from '../../protocol/variant.ts';

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });
const short = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export function renderAnswer(view: LibraryView, objective: string, report: SolveReport): string {
  const proof =
    report.status === 'optimal' ? 'proven optimal' : `within ${(report.gap * 100).toPrecision(3)} % of the optimum`;
  const lines = [`${objective} = ${number.format(report.objective)}, ${proof}, ${short.format(report.solve_ms)} ms`];
  for (const [index, solution] of report.solutions.entries()) {
    if (report.solutions.length > 1) lines.push('', `Solution ${index + 1}: ${objective} = ${number.format(solution.objective)}`);
    for (const [id, value] of Object.entries(solution.costs)) lines.push(`  ${id.padEnd(24)} ${costLine(view, id, value)}`);
    lines.push(...layerLines(solution.blocks));
  }
  return `${lines.join('\n')}\n`;
}

function costLine(view: LibraryView, id: string, value: number): string {
  const column = view.header.columns.find((candidate) => candidate.id === id);
  const unit = column?.unit ?? 'tok/s';
  const estimated = column?.provenance.kind === 'estimated' ? '  (estimated)' : '';
  return `${number.format(value)} ${unit}${estimated}`;
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

export const EXIT_INFEASIBLE = 3;

/** `smallest` for scripts that ask one thing; `reachable` has every side of every limit and what is known of it. */
export function infeasibleReport(reachable: readonly Reachable[]): object {
  return {
    status: 'infeasible',
    smallest: Object.fromEntries(reachable.map((limit) => [limit.column, limit.reachable])),
    reachable,
  };
}

export function infeasibleJson(reachable: readonly Reachable[]): string {
  return JSON.stringify(infeasibleReport(reachable));
}

export function renderReachable(reachable: readonly Reachable[]): string {
  const lines = ['No child meets these limits.'];
  for (const limit of reachable) {
    const kind = `${limit.side === 'max' ? 'smallest' : 'largest'} ${limit.proven ? 'reachable' : 'found so far'}`;
    const under = limit.others_hold ? 'while the other limits hold' : 'without the other limits, which no child meets';
    lines.push(`  ${limit.column}: limit ${number.format(limit.limit)}, ${kind} ${number.format(limit.reachable)} ${under}`);
  }
  return `${lines.join('\n')}\n`;
}

export function renderSweepPoint(over: string, level: number, result: SolveUpdate): string {
  const head = `${over} ${number.format(level).padStart(14)}`;
  switch (result.status) {
    case 'optimal':
      return `${head}  objective ${number.format(result.objective).padStart(12)}  proven  ${short.format(result.solve_ms)} ms\n`;
    case 'feasible':
      return `${head}  objective ${number.format(result.objective).padStart(12)}  within ${(result.gap * 100).toPrecision(3)} %\n`;
    case 'infeasible':
      return `${head}  infeasible\n`;
    default:
      return `${head}  ${result.status}\n`;
  }
}
