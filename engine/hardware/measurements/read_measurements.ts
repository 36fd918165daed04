/**
 * Files of kernel timings to one typed table of one device, whatever they are called: recognised by content, checked
 * cell by cell, restricted to one device and serving program, duplicates merged, units held against the device's peaks.
 */
import { WorkbenchError, badInput } from '../../protocol/errors.ts';
import type { Device } from '../../protocol/hardware.ts';
import { readCsv } from './csv_table.ts';
import type { Collected, KernelTables, MeasurementNote } from './kernel_rows.ts';
import { SUPPORTED_TABLES, checkRows, checkSizes, type MeasurementFile } from './measurement_file.ts';
import { medianTables } from './median_rows.ts';
import { oneSource, type Source } from './one_source.ts';
import { isParquet, readParquet } from './parquet_table.ts';
import { checkUnits } from './plausible.ts';
import { WANTED_COLUMNS, recognise } from './recognise.ts';

export interface Measurements {
  readonly source: Source;
  readonly tables: KernelTables;
  /** Every file that held rows which are used, with the count of all its rows. */
  readonly files: readonly { readonly path: string; readonly holds: string; readonly rows: number }[];
  readonly notes: readonly MeasurementNote[];
}

export interface ReadOptions {
  readonly devices: readonly Device[];
  /** Device that the timings are of, where they do not say or say something else. */
  readonly device?: string | undefined;
  /** Called before each file. */
  readonly beforeFile?: (path: string, index: number) => void;
  /** Called between longer pieces of work; may throw to give up. */
  readonly pause?: () => Promise<void>;
}

/** @throws WorkbenchError `bad_input` or `too_large`, naming file, place, what was found and what to do */
export async function readMeasurements(files: readonly MeasurementFile[], { devices, device, beforeFile, pause }: ReadOptions): Promise<Measurements> {
  if (files.length === 0) throw new WorkbenchError('bad_input', 'There are no files to read timings from.', { hint: SUPPORTED_TABLES });
  checkSizes(files.map(({ path, bytes }) => ({ path, size: bytes.length })));
  const collected: Collected = { gemm: [], decode: [], prefill: [], allReduce: [], notes: [] };
  const used: { path: string; holds: string; rows: number }[] = [];
  const foreign: { path: string; error: Error }[] = [];
  let rows = 0;
  for (const [index, file] of files.entries()) {
    beforeFile?.(file.path, index);
    await pause?.();
    if (isBlockStats(file)) {
      foreign.push({ path: file.path, error: blockStatsError(file.path) });
      continue;
    }
    const table = isParquet(file) ? await readParquet(file, WANTED_COLUMNS) : readCsv(file, WANTED_COLUMNS);
    await pause?.();
    const recognised = recognise(table);
    if (recognised.kind === 'foreign') {
      foreign.push({ path: file.path, error: recognised.error });
      continue;
    }
    rows += table.rows.length;
    checkRows(file.path, rows);
    recognised.table.read(table, collected);
    used.push({ path: file.path, holds: recognised.table.name, rows: table.rows.length });
  }
  if (used.length === 0 && foreign[0] !== undefined) throw foreign[0].error;
  for (const { path, error } of foreign) collected.notes.push({ severity: 'warning', text: `${path} is left out. ${error.message}` });
  if (collected.gemm.length + collected.decode.length + collected.prefill.length + collected.allReduce.length === 0) {
    const why = collected.notes.map(({ text }) => text).join(' ');
    throw badInput(used[0]?.path ?? '', '', 'timings of kernels that the closed forms describe', `none. ${why}`.trimEnd().replace(/\.$/, ''), SUPPORTED_TABLES);
  }

  const { source, tables } = oneSource(preferOwnAllReduce(collected), devices, device);
  await pause?.();
  checkUnits(tables, source.device, collected.notes);
  await pause?.();
  const kept = new Set([...tables.gemm, ...tables.decode, ...tables.prefill, ...tables.allReduce].map(({ origin }) => origin.file));
  return { source, tables: medianTables(tables, collected.notes), files: used.filter(({ path }) => kept.has(path)), notes: collected.notes };
}

/** A serving program's own all-reduce takes the place of the plain library's. */
function preferOwnAllReduce(collected: Collected): Collected {
  const own = collected.allReduce.filter(({ plain }) => !plain);
  if (own.length === 0 || own.length === collected.allReduce.length) return collected;
  collected.notes.push({ severity: 'info', text: 'All-reduce is taken from the serving program\'s own table, not from NCCL\'s.' });
  return { ...collected, allReduce: own };
}

/** Puzzletron's `subblock_stats.json` starts like every JSON list or object. */
function isBlockStats({ bytes }: MeasurementFile): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  return /^\[\s*\{|^\{\s*"/.test(start);
}

function blockStatsError(path: string): WorkbenchError {
  return badInput(path, '', 'a table of kernel timings', 'JSON, such as Puzzletron\'s runtimes of whole blocks', `Open block runtimes as a block library instead; no single kernel can be told from them. ${SUPPORTED_TABLES}`);
}
