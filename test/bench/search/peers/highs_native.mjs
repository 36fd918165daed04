/** HiGHS compiled for this machine, through the Python package highspy where there is one; PUZZLE_BENCH_PYTHON names the interpreter. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { arraysOf } from '../model.mjs';

export const highsNative = {
  id: 'highs',
  title: 'HiGHS (native)',
  timed: 'the run of a model passed as arrays',
  missing: 'no Python with highspy: pip install highspy, and name the interpreter in PUZZLE_BENCH_PYTHON',
  async open() {
    const python = process.env.PUZZLE_BENCH_PYTHON ?? 'python3';
    const child = spawn(python, [path.join(import.meta.dirname, 'highs_native.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const started = new Promise((resolve) => child.once('error', () => resolve(undefined)));
    child.stdin.on('error', () => undefined);
    const first = await Promise.race([lines.next(), started]);
    if (first === undefined || first.done) return undefined;
    return {
      version: JSON.parse(first.value).version,
      async solve(model, { limitSeconds, tolerance }) {
        const { layers } = model;
        const request = { model: { ...arraysOf(model), equalities: layers.length }, limit_s: limitSeconds, tolerance };
        child.stdin.write(`${JSON.stringify(request)}\n`);
        const answer = await lines.next();
        if (answer.done) throw new Error('Python ended.');
        const { status, ms, bound, chosen } = JSON.parse(answer.value);
        return { status, ms, bound: bound === undefined ? undefined : bound * model.costScale + model.outside, chosen };
      },
      close: () => child.stdin.end(),
    };
  },
};
