/**
 * Throughput of a child from its summed runtime, as in Puzzle (arXiv 2411.19146, section 4.3): batch * tokens / runtime.
 * Which tokens count is part of the name: `total_tok_s` counts prompt and generated tokens (the paper's convention),
 * `output_tok_s` generated ones only. A library that knows just the sum of both lengths allows only the former.
 */
import { WorkbenchError } from '../protocol/errors.ts';
import type { Column, LibraryHeader, Measurement } from '../protocol/library.ts';
import { THROUGHPUT_COLUMNS, type ThroughputColumn } from '../protocol/problem.ts';

export interface Throughput {
  readonly id: ThroughputColumn;
  /** Runtime column, in milliseconds, that it derives from. */
  readonly runtime: string;
  /** Tokens that one pass over the batch processes; tokens / runtimeMs * 1000 is the throughput in tokens per second. */
  readonly tokens: number;
}

export function isThroughput(id: string): id is ThroughputColumn {
  return (THROUGHPUT_COLUMNS as readonly string[]).includes(id);
}

/** The throughputs that a library's measurement allows; none without a runtime, a batch and a length. */
export function throughputs(header: LibraryHeader): readonly Throughput[] {
  const runtime = runtimeColumn(header);
  const measurement = header.measurements.find((candidate) => candidate.id === runtime?.measurement);
  if (runtime === undefined || measurement?.batch === undefined) return [];
  const found: Throughput[] = [];
  const total = totalTokens(measurement);
  if (total !== undefined) found.push({ id: 'total_tok_s', runtime: runtime.id, tokens: measurement.batch * total });
  if (measurement.isl !== undefined && measurement.osl !== undefined && measurement.osl > 0) {
    found.push({ id: 'output_tok_s', runtime: runtime.id, tokens: measurement.batch * measurement.osl });
  }
  return found;
}

/** @throws WorkbenchError `bad_input` saying what the library lacks. */
export function throughputOf(header: LibraryHeader, id: ThroughputColumn): Throughput {
  const found = throughputs(header).find((throughput) => throughput.id === id);
  if (found !== undefined) return found;
  const splitMissing = id === 'output_tok_s' && throughputs(header).length > 0;
  throw new WorkbenchError(
    'bad_input',
    splitMissing
      ? `output_tok_s cannot be limited: the library ${header.name} gives the sequence length but not how much of it is generated.`
      : `${id} cannot be limited: the library ${header.name} has no runtime with a batch size and a sequence length.`,
    { hint: splitMissing ? 'Limit total_tok_s instead.' : 'Limit one of its columns instead.' },
  );
}

/** `runtime_ms`, else the only summable block column in milliseconds. */
export function runtimeColumn(header: LibraryHeader): Column | undefined {
  const candidates = header.columns.filter((column) => column.level === 'block' && column.summable && column.unit === 'ms');
  return candidates.find((column) => column.id === 'runtime_ms') ?? (candidates.length === 1 ? candidates[0] : undefined);
}

function totalTokens({ isl, osl, sequence }: Measurement): number | undefined {
  return isl !== undefined && osl !== undefined ? isl + osl : sequence;
}
