/**
 * What the command line says about a search beyond its answer: prices, locks and bans, batches of cases, the frontier and
 * explanations. Golden figures are worked out by hand on a library of four layers; see `fixtures/tiny_library.ts`.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explanationSchema, solveReportSchema } from '../../engine/protocol/problem.ts';
import { removeFolder, temporaryFolder } from '../fixtures/server.mjs';
import { tinyBlockLibrary } from '../fixtures/tiny_library.ts';
import { parseOnly, runCli, type CliRun } from './run_cli.ts';

const [PARENT, NO_ATTENTION] = ['kv8/28672', 'no_op/28672'];
let folder: string;
let library: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  library = await written('block_library.json', tinyBlockLibrary());
});
afterAll(() => removeFolder(folder));

async function written(name: string, content: unknown): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function solve(...options: readonly string[]): Promise<CliRun> {
  return runCli('solve', '--library', library, ...options, '--json');
}

async function objectiveOf(...options: readonly string[]): Promise<number> {
  const report = solveReportSchema.parse(parseOnly(await solve(...options)));
  expect(report).toMatchObject({ status: 'optimal', gap: 0 });
  return report.objective;
}

function linesOf({ stdout }: CliRun): Record<string, unknown>[] {
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('prices', () => {
  it('says what binds and what a unit more is worth', async () => {
    // Attention of layers 0 and 1 goes: 8 MiB for 3 nats, 2 MiB more than needed. A mixture needs half of layer 1's:
    // 2 nats, at 2 nats for 4 MiB. Runtime equals memory in milliseconds, so that 100 ms are no limit at all.
    const report = solveReportSchema.parse(parseOnly(await solve('--max', 'memory_mib=34', '--max', 'runtime_ms=100')));
    expect(report.objective).toBeCloseTo(3, 9);
    // Limits may be exceeded by a billionth, by which mixtures profit.
    expect(report.relaxation).toBeCloseTo(2, 6);
    expect(report.binding).toEqual(['memory_mib']);
    expect(report.prices['memory_mib']).toBeCloseTo(-0.5, 9);
    expect(report.prices['runtime_ms']).toBeCloseTo(0, 12);
    expect(report.limits).toMatchObject([
      { column: 'memory_mib', side: 'max', limit: 34, value: 32, slack: 2, binding: true },
      { column: 'runtime_ms', side: 'max', limit: 100, value: 32, slack: 68, binding: false },
    ]);
  });

  it('tells a person the same', async () => {
    const run = await runCli('solve', '--library', library, '--max', 'memory_mib=34', '--max', 'runtime_ms=100');
    expect(run.stdout).toMatch(/memory_mib +<= 34 +32 +2 +-0\.5 per \+1/);
    expect(run.stdout).toMatch(/runtime_ms +<= 100 +32 +68 +nothing: it does not bind/);
    expect(run.stdout).toMatch(/linear relaxation/);
  });
});

describe('locks, bans and weighted objectives', () => {
  it('holds a layer, rules variants out of one layer and out of all', async () => {
    const limit = ['--max', 'memory_mib=36'];
    expect(await objectiveOf(...limit)).toBeCloseTo(1, 9);
    expect(await objectiveOf(...limit, '--lock', `0=${PARENT}`)).toBeCloseTo(2, 9);
    expect(await objectiveOf(...limit, '--lock', `0=${PARENT}`, '--lock', `1=${PARENT}`)).toBeCloseTo(3, 9);
    expect(await objectiveOf(...limit, '--ban', `0=${NO_ATTENTION}`)).toBeCloseTo(2, 9);
    // Without any attention to drop, the FFN of layer 0 goes.
    expect(await objectiveOf(...limit, '--ban', `*=${NO_ATTENTION}`)).toBeCloseTo(10, 9);
  });

  it('adds columns with weights', async () => {
    // LM loss is 1.6 per block plus a tenth of the divergence: kl + 10 (6.4 + kl / 10).
    expect(await objectiveOf('--max', 'memory_mib=36', '--objective', 'kl_div + 10*lm_loss')).toBeCloseTo(66, 9);
  });
});

describe('infeasible limits', () => {
  it('gives where each limit alone would have to go, and what excludes each other', async () => {
    // Without FFNs, four blocks take 4 MiB each.
    const run = await solve('--max', 'memory_mib=15', '--max', 'runtime_ms=100');
    expect(run.code).toBe(3);
    const report = JSON.parse(run.stdout) as { smallest: Record<string, number>; conflict: unknown };
    expect(report).toMatchObject({ status: 'infeasible', conflict: [{ kind: 'limit', column: 'memory_mib', side: 'max', limit: 15 }] });
    expect(Object.keys(report.smallest)).toEqual(['memory_mib']);
    expect(report.smallest['memory_mib']).toBeCloseTo(16, 9);
  });

  it('counts a lock among what excludes each other', async () => {
    const run = await solve('--max', 'memory_mib=20', '--lock', `2=${PARENT}`);
    expect(run.code).toBe(3);
    const report = JSON.parse(run.stdout) as { smallest: Record<string, number>; conflict: unknown[] };
    expect(report.smallest['memory_mib']).toBeCloseTo(22, 9);
    expect(report.conflict).toHaveLength(2);
    expect(report.conflict).toEqual(
      expect.arrayContaining([
        { kind: 'limit', column: 'memory_mib', side: 'max', limit: 20 },
        { kind: 'lock', layer: 2, variant: PARENT },
      ]),
    );
    const inWords = await runCli('solve', '--library', library, '--max', 'memory_mib=20', '--lock', `2=${PARENT}`);
    expect(inWords.stdout).toMatch(/everything else left aside:\n[^]* memory_mib <= 20\n/);
    expect(inWords.stdout).toMatch(/everything else left aside:\n[^]* layer 2 locked to kv8\/28672\n/);
  });
});

describe('cases', () => {
  it('answers each in order on a line of its own', async () => {
    const cases = await written('cases.json', [
      { max: { memory_mib: 36 } },
      { max: { memory_mib: 15 } },
      { max: { memory_mib: 40 }, min: { num_params: 40_000 } },
      { max: { memory_mib: 32, runtime_ms: 36 } },
      {},
    ]);
    const run = await solve('--cases', cases);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const lines = linesOf(run);
    const proven = { status: 'optimal', gap: 0, first_ms: expect.any(Number), solve_ms: expect.any(Number) };
    const infeasible = { status: 'infeasible', objective: null, bound: null, gap: null, first_ms: null, solve_ms: expect.any(Number) };
    expect(lines).toEqual([
      { ...proven, objective: 1, bound: 1 },
      infeasible,
      { ...proven, objective: 0, bound: 0 },
      { ...proven, objective: 3, bound: 3 },
      { ...proven, objective: 0, bound: 0 },
    ]);
    for (const { first_ms: first, solve_ms: all } of lines) expect((first ?? 0) as number).toBeLessThanOrEqual(all as number);
  });

  it('lets what holds for all be said once', async () => {
    const cases = await written('held.json', [{}, { max: { memory_mib: 32 } }]);
    const lines = linesOf(await solve('--cases', cases, '--max', 'memory_mib=36', '--lock', `0=${PARENT}`));
    // Layer 1 alone, then layers 1 and 2.
    expect(lines.map(({ objective }) => objective)).toEqual([2, 5]);
  });

  it.each([
    ['not JSON', '[{"max": ', [/line 1/]],
    ['no list', { max: {} }, [/array/]],
    ['nothing in it', [], [/at least one case/]],
    ['an unknown key', [{}, { maximum: { memory_mib: 3 } }], [/\[1\]\.maximum/]],
    ['a limit in words', [{}, {}, { max: { memory_mib: 'small' } }], [/\[2\]\.max\.memory_mib/, /number/, /"small"/]],
    ['an unknown column', [{ min: { memory_gib: 3 } }], [/\[0\]\.min\.memory_gib/]],
    ['a throughput that cannot be told', [{}, { min: { output_tok_s: 3 } }], [/\[1\]\.min\.output_tok_s/, /cannot be limited/]],
  ] as const)('names the place of %s', async (name, content, says) => {
    const run = await solve('--cases', await written(`${name.replaceAll(' ', '_')}.json`, content));
    expect(run.code).toBe(2);
    const { error } = JSON.parse(run.stderr) as { error: { code: string; message: string; hint: string } };
    expect(error.code).toBe('bad_input');
    for (const text of says) expect(error.message).toMatch(text);
    expect(error.message).toContain('.json');
  });
});

describe('frontier', () => {
  it('is the optimum at every level, then the baselines, then the sum', async () => {
    const run = await runCli('frontier', '--library', library, '--over', 'memory_mib', '--points', '5', '--baselines', 'greedy,max_params', '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const lines = linesOf(run);
    const points = lines.slice(0, 5) as { level: number; objective: number; relaxation: number }[];
    // From all of the parent to no FFN anywhere. 22 MiB: the FFN of layer 0 and the attention of the others.
    expect(points.map(({ level }) => level)).toEqual([40, 34, 28, 22, 16].map((level) => expect.closeTo(level, 9)));
    expect(points.map(({ objective }) => objective)).toEqual([0, 3, 6, 19, 100].map((best) => expect.closeTo(best, 9)));
    for (const { objective, relaxation } of points) expect(relaxation).toBeLessThanOrEqual(objective + 1e-9);
    expect(lines.at(-1)).toEqual({ frontier: [0, 1, 2, 3, 4], total_ms: expect.any(Number) });
    const baselines = lines.slice(5, -1);
    expect(new Set(baselines.map(({ baseline }) => baseline))).toEqual(new Set(['greedy', 'max_params']));
    for (const { level, objective, costs } of baselines as { level: number; objective: number; costs: Record<string, number> }[]) {
      expect(costs['memory_mib']).toBeLessThanOrEqual(level + 1e-9);
      const optimum = points.find((point) => Math.abs(point.level - level) < 1e-9)!;
      expect(objective).toBeGreaterThanOrEqual(optimum.objective - 1e-9);
    }
  });

  it('says which limits leave no level', async () => {
    const run = await runCli('frontier', '--library', library, '--over', 'runtime_ms', '--points', '3', '--max', 'memory_mib=15', '--json');
    expect(run.code).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'infeasible', smallest: { memory_mib: expect.closeTo(16, 9) } });
  });
});

describe('explain', () => {
  it('gives the answer, then a line for every limit, layer and hold', async () => {
    const run = await runCli('explain', '--library', library, '--max', 'memory_mib=36', '--lock', `0=${PARENT}`, '--json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const lines = linesOf(run);
    expect(lines[0]).toMatchObject({ kind: 'answer', status: 'optimal', objective: expect.closeTo(2, 9) });
    expect(lines.at(-1)).toEqual({ kind: 'finished', total_ms: expect.any(Number) });
    const pieces = lines.slice(1, -1);
    for (const piece of pieces) explanationSchema.parse(piece);
    const last = (wanted: object): unknown => pieces.findLast((piece) => Object.entries(wanted).every(([key, value]) => piece[key] === value));
    // The locked block keeps its 10 MiB; the others shrink to 4.
    expect(last({ kind: 'limit' })).toMatchObject({ column: 'memory_mib', side: 'max', tightest: expect.closeTo(22, 2), loosest: expect.closeTo(40, 2), limit: 36, value: 36 });
    expect(last({ kind: 'layer', layer: 1 })).toMatchObject({ chosen: NO_ATTENTION, runner_up: { variant: PARENT, objective: expect.closeTo(3, 9), regret: expect.closeTo(1, 9), proven: true } });
    expect(last({ kind: 'hold' })).toMatchObject({ hold: 'lock', layer: 0, variant: PARENT, free: expect.closeTo(1, 9), cost: expect.closeTo(1, 9), proven: true });
  });

  it('tells a person the same in tables', async () => {
    const run = await runCli('explain', '--library', library, '--max', 'memory_mib=36', '--lock', `0=${PARENT}`);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/Limits[\s\S]*memory_mib +<= 36 +22 +40/);
    expect(run.stdout).toMatch(/Locks and bans[\s\S]*lock +0 +kv8\/28672 +1 +1/);
    expect(run.stdout).toMatch(/Layers[\s\S]*regret[\s\S]*1 +no_op\/28672 +kv8\/28672 +\+1/);
  });
});

describe('workloads', () => {
  it('limits what plain limits do where the traffic is the measured one', async () => {
    const chat = { id: 'chat', name: 'Chat', isl: 128, osl: 1024, batch: 256, limits: [{ column: 'memory_mib', max: 80_000 }] };
    const file = await written('chat.json', [chat]);
    const [plain, served] = await Promise.all(
      [['--max', 'memory_mib=80000'], ['--workload', file]].map(async (options) =>
        solveReportSchema.parse(parseOnly(await runCli('solve', '--library', 'sample', ...options, '--json'))),
      ),
    );
    expect(served).toMatchObject({ status: 'optimal', gap: 0, binding: ['chat:memory_mib'] });
    expect(served!.objective).toBeCloseTo(plain!.objective, 9);
    expect(served!.prices['chat:memory_mib']).toBeCloseTo(plain!.prices['memory_mib']!, 9);
    expect(served!.solutions[0]!.workloads).toMatchObject([{ id: 'chat', batch: 256, costs: { memory_mib: served!.costs['memory_mib'] } }]);
  });

  it('names the place in a workload file that cannot be read', async () => {
    const file = await written('workloads.json', [{ id: 'chat', name: 'Chat', limits: [{ column: 'speed', max: 3 }] }]);
    const run = await solve('--workload', file);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { message: expect.stringMatching(/workloads\.json, \[0\]\.limits\[0\]\.column.*"speed"/) } });
  });
});

describe('bad usage', () => {
  it.each([
    ['a lock without a variant', ['--lock', '3'], /--lock 3: expected LAYER=VARIANT/],
    ['a lock of all layers', ['--lock', `*=${PARENT}`], /--lock .*name one layer/],
    ['a layer that is not there', ['--ban', `4=${PARENT}`], /--ban 4=kv8\/28672: the parent has 4 layers/],
    ['a variant that is not there', ['--ban', '*=kv4/28672'], /no variant kv4\/28672; it has .*kv8\/no_op/],
    ['a file that is not there', ['--cases', 'nowhere.json'], /nowhere\.json/],
    ['several children per case', ['--cases', 'nowhere.json', '--solutions', '2'], /--cases .*--solutions/],
    ['an objective that cannot be read', ['--objective', 'kl_div - lm_loss'], /kl_div - lm_loss/],
  ] as const)('%s: exit code 2 and one JSON object on stderr', async (_, options, message) => {
    const run = await solve(...options);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { message: expect.stringMatching(message) } });
  });

  it('an unknown baseline', async () => {
    const run = await runCli('frontier', '--library', library, '--over', 'memory_mib', '--baselines', 'greedy,lucky', '--json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/no baseline .*lucky.*; there are greedy, max_params, one_variant, random/);
  });
});
