/**
 * The command line as built: what scripts rely on. Golden optima are those printed in the NVlabs/puzzle notebook, which
 * HiGHS, CBC and glpsol confirm at zero gap; smallest and largest totals are sums by hand over its table of sub-blocks.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { solveReportSchema } from '../../engine/protocol/problem.ts';
import { removeFolder, ROOT, temporaryFolder } from '../fixtures/server.mjs';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../support/shared_data.ts';
import { parseOnly, runCli } from './run_cli.ts';

const nvlabs = sharedData('nvlabs-puzzle');
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => removeFolder(folder));

describe.skipIf(nvlabs === undefined)(`solving the NVlabs library (${HOW_TO_GET_SHARED_DATA})`, () => {
  const library = nvlabs ?? '';

  it('proves the optimum at 80000 MiB and 51200 ms', async () => {
    const run = await runCli('solve', '--library', library, '--max', 'memory_mib=80000', '--max', 'runtime_ms=51200', '--json');
    const report = solveReportSchema.parse(parseOnly(run));
    expect(run.code).toBe(0);
    expect(report).toMatchObject({ status: 'optimal', gap: 0 });
    expect(report.objective).toBeCloseTo(6.861455, 6);
    expect(report.bound).toBeCloseTo(6.861455, 6);
    expect(report.costs['memory_mib']).toBeCloseTo(79_994.6, 1);
    expect(report.costs['runtime_ms']).toBeCloseTo(46_980.2, 1);
    expect(report.costs['num_params']).toBe(51_968_483_328);
    expect(report.costs['total_tok_s']).toBeCloseTo(6_539, 0);
    const [{ blocks }] = report.solutions;
    expect(blocks.map((block) => block.parent_layers)).toEqual(Array.from({ length: 80 }, (_, layer) => [layer]));
    expect(blocks.filter((block) => block.attention.kind === 'no_op')).toHaveLength(31);
  });

  it('takes a throughput for the runtime it stands for', async () => {
    // 6000 tok/s of 256 sequences of 1200 tokens are 51200 ms.
    const run = await runCli('solve', '--library', library, '--max', 'memory_mib=80000', '--min', 'total_tok_s=6000', '--json');
    const report = solveReportSchema.parse(parseOnly(run));
    expect(report).toMatchObject({ status: 'optimal', gap: 0 });
    expect(report.objective).toBeCloseTo(6.861455, 6);
  });

  it('proves the optimum at 40000 MiB', async () => {
    const run = await runCli('solve', '--library', library, '--max', 'memory_mib=40000', '--json');
    const report = solveReportSchema.parse(parseOnly(run));
    expect(report).toMatchObject({ status: 'optimal', gap: 0 });
    expect(report.objective).toBeCloseTo(18.935023, 6);
    expect(report.costs['memory_mib']).toBeCloseTo(39_998.9, 1);
    expect(report.costs['runtime_ms']).toBeCloseTo(25_166.2, 1);
    expect(report.costs['total_tok_s']).toBeCloseTo(12_207, 0);
  });

  it('finds three solutions that differ in 20 layers', async () => {
    const limits = ['--max', 'memory_mib=97723.4375', '--max', 'runtime_ms=55554.12'];
    const run = await runCli('solve', '--library', library, ...limits, '--solutions', '3', '--min-different-layers', '20', '--json');
    const report = solveReportSchema.parse(parseOnly(run));
    expect(report).toMatchObject({ status: 'optimal', gap: 0 });
    const expected = [3.282073, 3.341735, 3.382206];
    expect(report.solutions).toHaveLength(3);
    for (const [index, objective] of expected.entries()) expect(report.solutions[index]!.objective).toBeCloseTo(objective, 6);
    for (let a = 0; a < 3; a++) {
      for (let b = a + 1; b < 3; b++) {
        const other = report.solutions[b]!.blocks;
        const different = report.solutions[a]!.blocks.filter((block, layer) => block.variant !== other[layer]!.variant);
        expect(different.length).toBeGreaterThanOrEqual(20);
      }
    }
  });

  it('says how far the limits are out of reach', async () => {
    // No child uses more than the parent: 80 blocks of 1437.109375 MiB.
    const run = await runCli('solve', '--library', library, '--min', 'memory_mib=200000', '--json');
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'infeasible', smallest: { memory_mib: 114_968.75 } });
    expect(run.stderr).toBe('');
  });

  it('keeps everything through its own file', async () => {
    const out = path.join(folder, 'nvlabs.library.json');
    const imported = parseOnly(await runCli('import', library, '--out', out, '--json')) as Record<string, unknown>;
    expect(imported).toMatchObject({ layers: 80, variants: 16, out });
    expect(imported['columns']).toEqual(expect.arrayContaining(['memory_mib', 'runtime_ms', 'num_params', 'kl_div', 'lm_loss']));
    expect(imported['licence']).toEqual(expect.stringMatching(/non-?commercial/i));
    const again = parseOnly(await runCli('import', out, '--json')) as Record<string, unknown>;
    expect({ ...again, out: undefined }).toEqual({ ...imported, out: undefined });
    const run = await runCli('solve', '--library', out, '--max', 'memory_mib=80000', '--max', 'runtime_ms=51200', '--json');
    expect(solveReportSchema.parse(parseOnly(run)).objective).toBeCloseTo(6.861455, 6);
  });
});

describe('solving the sample', () => {
  it('prints one JSON object and proves its answer', async () => {
    const run = await runCli('solve', '--library', 'sample', '--max', 'memory_mib=80000', '--json');
    const report = solveReportSchema.parse(parseOnly(run));
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(report).toMatchObject({ status: 'optimal', gap: 0 });
    expect(report.costs['memory_mib']).toBeLessThanOrEqual(80_000);
    expect(report.solutions[0]!.blocks).toHaveLength(80);
  });

  it('names the smallest reachable value, which is then reachable and not a bit less', async () => {
    const infeasible = await runCli('solve', '--library', 'sample', '--max', 'memory_mib=1000', '--json');
    expect(infeasible.code).toBe(3);
    const { status, smallest } = JSON.parse(infeasible.stdout) as { status: string; smallest: Record<string, number> };
    expect(status).toBe('infeasible');
    const least = smallest['memory_mib']!;
    // Embedding and head of Llama-3.1-70B stay whatever the blocks are: 2 * 128256 * 8192 + 8192 parameters in FP8.
    expect(least).toBeCloseTo((2 * 128_256 * 8192 + 8192) / 2 ** 20, 3);
    expect((await runCli('solve', '--library', 'sample', '--max', `memory_mib=${least * 1.000001}`, '--json')).code).toBe(0);
    expect((await runCli('solve', '--library', 'sample', '--max', `memory_mib=${least * 0.999}`, '--json')).code).toBe(3);
  });

  it('answers a person in words', async () => {
    const run = await runCli('solve', '--library', 'sample', '--max', 'memory_mib=80000');
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/kl_div = [\d.]+, proven optimal/);
    expect(run.stdout).toMatch(/layers? \d+/);
    const infeasible = await runCli('solve', '--library', 'sample', '--max', 'memory_mib=1000');
    expect(infeasible.code).toBe(3);
    expect(infeasible.stdout).toMatch(/No child meets these limits[\s\S]*memory_mib.*smallest reachable/);
  });

  it('gives the frontier with one JSON object a line, never better under a tighter limit', async () => {
    const run = await runCli('frontier', '--library', 'sample', '--over', 'memory_mib', '--points', '6', '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const lines = run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);
    const points = lines.slice(0, -1) as { over: string; level: number; status: string; objective: number; gap: number }[];
    expect(points).toHaveLength(6);
    for (const point of points) expect(point).toMatchObject({ over: 'memory_mib', status: 'optimal', gap: 0 });
    points.sort((a, b) => a.level - b.level);
    for (let i = 1; i < points.length; i++) expect(points[i]!.objective).toBeLessThanOrEqual(points[i - 1]!.objective + 1e-9);
    // With room for the parent, nothing need be lost.
    expect(points.at(-1)!.objective).toBeCloseTo(0, 9);
    expect(lines.at(-1)).toEqual({ frontier: expect.any(Array), total_ms: expect.any(Number) });
  });

  it('is written as a library of our own', async () => {
    const out = path.join(folder, 'sample.library.json');
    expect(parseOnly(await runCli('import', 'sample', '--out', out, '--json'))).toMatchObject({ layers: 80, out });
    const limits = ['--max', 'memory_mib=80000', '--json'];
    const [direct, through] = await Promise.all(['sample', out].map((library) => runCli('solve', '--library', library, ...limits)));
    expect(solveReportSchema.parse(parseOnly(through!)).objective).toBe(solveReportSchema.parse(parseOnly(direct!)).objective);
  });
});

describe('exporting', () => {
  it('writes Nemotron-51B as DeciLM that says the same as the published layers', async () => {
    const out = path.join(folder, 'config.json');
    const run = await runCli('export', '--solution', 'preset:nemotron-51b', '--format', 'decilm', '--out', out, '--json');
    expect(run.code).toBe(0);
    const { loaders } = JSON.parse(run.stdout) as { loaders: { loader: string; verdict: string; reasons: string[] }[] };
    const vllm = loaders.find((loader) => /vllm/i.test(loader.loader));
    expect(vllm).toMatchObject({ verdict: 'refuses', reasons: [expect.stringMatching(/linear/i)] });
    const config = JSON.parse(await readFile(out, 'utf8')) as DeciLmConfig;
    expect(config).toMatchObject({ architectures: ['DeciLMForCausalLM'], model_type: 'nemotron-nas', num_hidden_layers: 80, hidden_size: 8192, num_attention_heads: 64 });
    const asset = JSON.parse(await readFile(path.join(ROOT, 'assets', 'architectures', 'nemotron-51b.json'), 'utf8')) as { runs: { first: number; last: number; variant: string }[] };
    const published = asset.runs.flatMap(({ first, last, variant }) => Array.from({ length: last - first + 1 }, () => variant));
    expect(config.block_configs.map(variantOf)).toEqual(published);
  });

  it('turns a saved solution into every format', async () => {
    const solved = await runCli('solve', '--library', 'sample', '--max', 'memory_mib=70000', '--json');
    const file = path.join(folder, 'child.json');
    await writeFile(file, solved.stdout);
    const variants = solveReportSchema.parse(JSON.parse(solved.stdout)).solutions[0]!.blocks.map((block) => block.variant);
    const csv = await runCli('export', '--solution', file, '--format', 'csv', '--out', '-');
    expect(csv.code).toBe(0);
    const rows = csv.stdout.trimEnd().split('\r\n');
    expect(rows[0]).toMatch(/^layer,variant,attention,ffn/);
    expect(rows.slice(1).map((row) => row.split(',')[1])).toEqual(variants);
    const decilm = await runCli('export', '--solution', file, '--format', 'decilm', '--out', '-');
    expect((JSON.parse(decilm.stdout) as DeciLmConfig).block_configs.map(variantOf)).toEqual(variants);
    const puzzletron = await runCli('export', '--solution', file, '--format', 'puzzletron', '--out', '-');
    expect(JSON.parse(puzzletron.stdout)).toBeTruthy();
    expect(puzzletron.code).toBe(0);
  });
});

describe('bad usage', () => {
  it.each([
    ['an unknown verb', ['solv', '--json'], /no verb "solv"/],
    ['a verb of old', ['sweep', '--json'], /no verb "sweep"; there are .*frontier/],
    ['no library', ['solve', '--json'], /--library/],
    ['a limit without a number', ['solve', '--library', 'sample', '--max', 'memory_mib=lots', '--json'], /--max memory_mib=lots/],
    ['an unknown column', ['solve', '--library', 'sample', '--max', 'memory_gib=80', '--json'], /memory_gib/],
    ['an unknown objective', ['solve', '--library', 'sample', '--objective', 'accuracy', '--json'], /accuracy/],
    ['a fraction of a solution', ['solve', '--library', 'sample', '--solutions', '1.5', '--json'], /--solutions 1\.5/],
    ['an unknown option', ['solve', '--library', 'sample', '--maximum', '3', '--json'], /--maximum/],
    ['a file that is not there', ['solve', '--library', 'nowhere.json', '--json'], /nowhere\.json/],
    ['an unknown preset', ['export', '--solution', 'preset:nemotron-52b', '--format', 'decilm', '--out', '-', '--json'], /nemotron-52b/],
    ['an unknown format', ['export', '--solution', 'preset:nemotron-51b', '--format', 'gguf', '--out', '-', '--json'], /gguf/],
  ] as const)('%s: exit code 2 and one JSON object on stderr', async (_, args, message) => {
    const run = await runCli(...args);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { message: expect.stringMatching(message), retryable: false } });
  });

  it('names the place in a library that cannot be read', async () => {
    const file = path.join(folder, 'broken.json');
    await writeFile(file, '{"layer_0": [1, 2');
    const run = await runCli('import', file, '--json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: 'bad_input', details: { file: expect.stringContaining('broken.json') } } });
  });

  it('speaks plainly without --json', async () => {
    const run = await runCli('solve', '--library', 'sample', '--max', 'memory_mib=lots');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/expected COLUMN=VALUE/);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

describe('help', () => {
  it('mentions every verb, and every verb has its own', async () => {
    const { code, stdout } = await runCli('--help');
    expect(code).toBe(0);
    const verbs = ['solve', 'frontier', 'explain', 'import', 'export', 'serve'];
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
    const pages = await Promise.all(verbs.map((verb) => runCli(verb, '--help')));
    for (const [index, page] of pages.entries()) {
      expect(page).toMatchObject({ code: 0, stderr: '' });
      expect(page.stdout).toMatch(new RegExp(`Usage: .*\\b${verbs[index]}\\b`));
    }
  });
});

interface DeciLmConfig {
  readonly block_configs: readonly {
    readonly attention: { readonly n_heads_in_group: number | null; readonly no_op: boolean; readonly replace_with_linear: boolean };
    readonly ffn: { readonly ffn_mult: number | null; readonly no_op: boolean; readonly replace_with_linear: boolean };
  }[];
}

/** Read as the reference loader does: KV heads are query heads per group, widths go up to a multiple of 256. */
function variantOf({ attention, ffn }: DeciLmConfig['block_configs'][number]): string {
  const width = Math.ceil(Math.trunc((2 * (ffn.ffn_mult ?? 0) * 8192) / 3) / 256) * 256;
  const att = attention.no_op ? 'no_op' : attention.replace_with_linear ? 'linear' : `kv${64 / (attention.n_heads_in_group ?? Number.NaN)}`;
  return `${att}/${ffn.no_op ? 'no_op' : ffn.replace_with_linear ? 'linear' : width}`;
}
