import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openNativeMatMul } from './native_matmul_binding.ts';
import { RungUnavailable } from './tensor_rung.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A file to look for packages from, beside a package `onnxruntime-node` with these files, or none. */
function beside(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'puzzle-native-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, 'node_modules', 'onnxruntime-node', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return path.join(folder, 'here.js');
}

function refusal(from: string): RungUnavailable {
  try {
    openNativeMatMul(1, from);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(RungUnavailable);
    return thrown as RungUnavailable;
  }
  throw new Error('it opened');
}

describe('native matrix products', () => {
  it('are missed with the remedy where the package is not installed', () => {
    const { message, remedy } = refusal(beside({}));
    expect(message).toMatch(/onnxruntime-node.* is not installed$/);
    expect(remedy).toContain('npm install --no-save onnxruntime-node@1.30.0');
  });

  it('are not taken from another version, whose binding may differ', () => {
    const { message, remedy } = refusal(beside({ 'package.json': '{"version":"1.31.0"}' }));
    expect(message).toBe('onnxruntime-node 1.31.0 is installed and 1.30.0 is needed');
    expect(remedy).toContain('@1.30.0');
  });

  it('are missed with the loader\'s first line where there is no binary for this system', () => {
    const files = { 'package.json': '{"version":"1.30.0"}', 'dist/binding.js': 'throw new Error("no onnxruntime_binding.node\\nRequire stack: long");' };
    expect(refusal(beside(files)).message).toMatch(/does not load on this system \(\w+ \w+: no onnxruntime_binding\.node\)$/);
  });

  it.each([1, 2])('write y = op(a) op(b) where it lies, with %i threads', (threads) => {
    const native = openNativeMatMul(threads);
    const memory = new Float32Array(32).fill(-1);
    const a = memory.subarray(1, 7);
    const b = memory.subarray(8, 14);
    const y = memory.subarray(16, 20);
    a.set([1, 2, 3, 4, 5, 6]);
    b.set([1, 0, 0, 1, 1, 1]);
    native.multiply({ dims: [2, 3], data: a }, { dims: [3, 2], data: b }, { dims: [2, 2], data: y }, false, false);
    expect(Array.from(memory.subarray(15, 21))).toEqual([-1, 4, 5, 10, 11, -1]);
    native.multiply({ dims: [3, 2], data: a }, { dims: [2, 3], data: b }, { dims: [2, 2], data: y }, true, true);
    // a^T = [[1,3,5],[2,4,6]], b^T = [[1,1],[0,1],[0,1]]
    expect(Array.from(y)).toEqual([1, 9, 2, 12]);
    expect(() => native.multiply({ dims: [2, 3], data: a }, { dims: [2, 3], data: b }, { dims: [2, 2], data: y }, false, false)).toThrow();
    native.dispose();
  });
});
