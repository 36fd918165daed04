/** Our own search, through the built command line: the same worker and the same messages as under a slider. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

export const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);

/** Standard output of the command line; throws what it says where it fails. */
export async function cli(...args) {
  const { stdout } = await run(process.execPath, [path.join(ROOT, 'dist', 'engine', 'cli.js'), ...args], { maxBuffer: 2 ** 28 });
  return stdout;
}

/** {status, objective, bound, gap, first_ms, solve_ms} per case, in order. */
export async function solveCases(library, cases, folder) {
  const file = path.join(folder, `${library.id}.cases.json`);
  await writeFile(file, JSON.stringify(cases));
  return linesOf(await cli('solve', '--library', library.argument, '--cases', file, '--json'));
}

/** The optimum at `points` levels of one limit; the total runs from the request to the last answer, in the asking thread. */
export async function frontier(library, over, points) {
  const lines = linesOf(await cli('frontier', '--library', library.argument, '--over', over, '--points', String(points), '--json'));
  const { total_ms: totalMs } = lines.at(-1);
  const found = lines.filter((line) => line.status !== undefined);
  return { over, points: found.length, proven: found.filter((line) => line.status === 'optimal').length, total_ms: totalMs };
}

function linesOf(stdout) {
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}
