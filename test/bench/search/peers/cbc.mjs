/** COIN-OR CBC, the command line program (Debian: coinor-cbc). The model goes through an MPS file; CBC's own clock leaves the reading out. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { arraysOf } from '../model.mjs';

const run = promisify(execFile);

export const cbc = {
  id: 'cbc',
  title: 'CBC',
  timed: 'the solve, by its own clock (to 10 ms); reading the model is left out',
  missing: 'no cbc on the path: apt-get install coinor-cbc',
  async open() {
    let version;
    try {
      version = /Version: *(\S+)/.exec((await run('cbc', ['-stop'])).stdout)?.[1] ?? 'unknown';
    } catch {
      return undefined;
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-cbc-'));
    const [modelFile, answerFile] = ['case.mps', 'answer.txt'].map((name) => path.join(folder, name));
    return {
      version,
      async solve(model, { limitSeconds, tolerance }) {
        await writeFile(modelFile, mpsOf(model));
        await rm(answerFile, { force: true });
        // One thread unless told otherwise. An increment of 0 would let it take steps of its own guess.
        const gap = ['-ratioGap', '0', '-allowableGap', '0', '-increment', '1e-9'];
        const tight = tolerance === undefined ? [] : ['-primalTolerance', String(tolerance), '-integerTolerance', String(tolerance)];
        const limit = ['-timeMode', 'elapsed', '-seconds', String(limitSeconds)];
        const { stdout } = await run('cbc', [modelFile, ...gap, ...tight, ...limit, '-solve', '-solution', answerFile], { maxBuffer: 2 ** 28 });
        const seconds = Number(/^Time \(Wallclock seconds\): *([\d.]+)/m.exec(stdout)?.[1] ?? Number.NaN);
        const bound = /^Lower bound: *(\S+)/m.exec(stdout)?.[1];
        return {
          status: /Result - Optimal solution found/.test(stdout) ? 'optimal' : /Result - Stopped on time limit/.test(stdout) ? 'limit' : /infeasible/i.test(stdout) ? 'infeasible' : 'failed',
          ms: seconds * 1000,
          bound: bound === undefined ? undefined : Number(bound) * model.costScale + model.outside,
          chosen: chosenIn(await readFile(answerFile, 'utf8').catch(() => '')),
        };
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

/** Lines `number name value cost`; a `**` in front marks a value out of tolerance. */
function chosenIn(answer) {
  return answer.split('\n').flatMap((line) => {
    const match = /^\W*\d+ x(\d+) +(\S+)/.exec(line);
    return match !== null && Number(match[2]) > 0.5 ? [Number(match[1])] : [];
  });
}

/** Free MPS, numbers in full. */
function mpsOf(model) {
  const { numCols, colCost, rowUpper, starts, indices, coefficients } = arraysOf(model);
  const equalities = model.layers.length;
  const lines = ['NAME case FREE', 'ROWS', ' N cost', ...rowUpper.map((_, r) => ` ${r < equalities ? 'E' : 'L'} r${r}`), 'COLUMNS', " M1 'MARKER' 'INTORG'"];
  for (let c = 0; c < numCols; c++) {
    lines.push(` x${c} cost ${colCost[c]}`);
    for (let k = starts[c]; k < starts[c + 1]; k++) lines.push(` x${c} r${indices[k]} ${coefficients[k]}`);
  }
  lines.push(" M2 'MARKER' 'INTEND'", 'RHS', ...rowUpper.map((bound, r) => ` RHS r${r} ${bound}`));
  lines.push('BOUNDS', ...Array.from({ length: numCols }, (_, c) => ` UP BND x${c} 1`), 'ENDATA', '');
  return lines.join('\n');
}
