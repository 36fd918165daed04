/** PyTorch in a process of its own, where there is a Python with it; PUZZLE_BENCH_PYTHON names the interpreter. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export const MISSING = 'PyTorch is not here: pip install torch, and name the interpreter in PUZZLE_BENCH_PYTHON';

/** Undefined where there is none. */
export async function openTorch() {
  const child = spawn(process.env.PUZZLE_BENCH_PYTHON ?? 'python3', [path.join(import.meta.dirname, 'torch_peer.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (lastWords = (lastWords + text).slice(-2000)));
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((resolve) => child.once('error', () => resolve({ done: true })));
  const first = await Promise.race([lines.next(), failed]);
  if (first.done) return undefined;
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await lines.next();
    if (answer.done) throw new Error(`PyTorch ended, saying: ${lastWords}`);
    return JSON.parse(answer.value);
  };
  return {
    version: JSON.parse(first.value).version,
    /** Weights and batch of the workload, from a safetensors file. */
    load: (file, shape) => ask({ op: 'load', file, shape }),
    /** `stepMs` and `losses` as ours; always from the loaded weights. */
    run: ({ kind, threads, attention, steps, training }) => ask({ op: 'run', kind, threads, attention, steps, training }),
    close: () => child.stdin.end(),
  };
}
