/** A model that the product has never seen, from its config.json to an exported child, on the command line alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FICTIONAL_CONFIG } from '../fixtures/fictional_model.ts';
import { parseOnly, runCli } from './run_cli.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'puzzle-workbench-library-'));
const at = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('library generate', () => {
  it('makes a library that is searched and whose child is exported', async () => {
    writeFileSync(at('config.json'), JSON.stringify(FICTIONAL_CONFIG));
    const made = parseOnly(await runCli('library', 'generate', '--parent', at('config.json'), '--device', 'l40s', '--isl', '512', '--osl', '128', '--batch', '32', '--out', at('library.json'), '--json'));
    expect(made).toMatchObject({ variants: 60, measurements: [{ device: 'l40s', batch: 32, isl: 512, osl: 128 }] });
    const solved = await runCli('solve', '--library', at('library.json'), '--max', 'memory_mib=2500', '--json');
    const report = parseOnly(solved) as { readonly status: string; readonly solutions: readonly { readonly blocks: readonly { readonly variant: string }[] }[] };
    expect(report.status).toBe('optimal');
    writeFileSync(at('child.json'), solved.stdout);
    const exported = await runCli('export', '--solution', at('child.json'), '--format', 'decilm', '--out', at('exported.json'));
    expect(exported.code).toBe(0);
    const config = JSON.parse(readFileSync(at('exported.json'), 'utf8')) as { readonly hidden_size: number; readonly head_dim?: number; readonly block_configs: readonly unknown[] };
    expect(config).toMatchObject({ hidden_size: 2560, vocab_size: 64_000, num_hidden_layers: 24 });
    expect(config.block_configs).toHaveLength(24);
    // The exported child costs what any other architecture does.
    expect(parseOnly(await runCli('cost', '--architecture', at('exported.json'), '--device', 'l40s', '--isl', '512', '--osl', '128', '--json'))).toMatchObject({
      kv_bytes_per_token: expect.any(Number) as number,
      params: Number((JSON.parse(solved.stdout) as { costs: Record<string, number> }).costs['num_params']),
    });
  }, 60_000);

  it('says what is wrong and exits with 2', async () => {
    const wrong = [
      [['--parent', 'no-such-model', '--device', 'l40s'], 'neither a preset nor a file'],
      [['--parent', 'llama-3.1-8b', '--device', 'h900'], 'There is no device'],
      [['--parent', 'llama-3.1-8b', '--device', 'l40s', '--weights', 'fp7'], 'fp7'],
    ] as const;
    for (const [args, words] of wrong) {
      const run = await runCli('library', 'generate', ...args, '--isl', '1', '--osl', '1', '--out', at('x.json'));
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(words);
    }
    const missing = await runCli('export', '--solution', at('missing.json'), '--format', 'decilm', '--out', at('y.json'));
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('There is no file')]);
  }, 60_000);
});
