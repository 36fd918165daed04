/** All of Puzzle on a small model through the command line, and what comes out used by the other verbs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { librarySchema } from '../../engine/protocol/library.ts';
import { pipelineReportSchema, type PipelineReport } from '../../engine/protocol/train.ts';
import { parseOnly, runCli } from './run_cli.ts';

let folder: string;
let run: string;
let report: PipelineReport;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-smoke-'));
  run = path.join(folder, 'smoke');
  report = pipelineReportSchema.parse(parseOnly(await runCli('pipeline', '--preset', 'smoke', '--seed', '1', '--out', run, '--json')));
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('pipeline --preset smoke', () => {
  it('lowers the error of every trained block by BLD', () => {
    expect(report.bld.trained).toBeGreaterThanOrEqual(20);
    expect(report.bld.improved).toBe(report.bld.trained);
  });

  it('finds children that are proven optimal and really better than those of simpler methods', () => {
    expect(report.limits.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'optimal'));
    const ours = report.limits.reduce((sum, { child }) => sum + child.kl, 0) / report.limits.length;
    expect(Object.keys(report.baselines).sort()).toEqual(['greedy', 'homogeneous', 'max_params', 'random']);
    for (const { kl } of Object.values(report.baselines)) expect(ours).toBeLessThan(kl);
  });

  it('keeps every child within its limits', () => {
    for (const { limits, child } of report.limits) {
      expect(child.num_params).toBeLessThanOrEqual(limits.find(({ column }) => column === 'num_params')?.max ?? 0);
      expect(child.kv_bytes_per_sequence).toBeLessThanOrEqual(limits.find(({ column }) => column === 'kv_bytes_per_sequence')?.max ?? 0);
    }
  });

  it('compares with children that do have the most parameters within the limits', () => {
    for (const { limits, child, baselines } of report.limits) {
      const most = baselines['max_params'].num_params;
      expect(most).toBeGreaterThanOrEqual(Math.max(child.num_params, baselines['greedy'].num_params, baselines['homogeneous'].num_params));
      expect(most).toBeLessThanOrEqual(limits.find(({ column }) => column === 'num_params')?.max ?? 0);
    }
  });

  it('ranks composed children by the sums of their scores', () => {
    expect(report.additivity.n).toBe(20);
    expect(report.additivity.spearman).toBeGreaterThan(0.8);
  });

  it('brings the child nearer to its parent by global distillation', () => {
    expect(report.child.kl_after).toBeLessThan(report.child.kl_before);
  });

  it('times parent and child from end to end, beside what the library predicts', () => {
    const { throughput } = report;
    if (throughput === undefined) throw new Error('The report has no throughput.');
    const { batch, isl, osl, rounds, parent, child, ratio } = throughput;
    expect([batch, isl, osl, rounds]).toEqual([8, 64, 32, 9]);
    expect(throughput.target_device).toBe('h100-sxm');
    for (const { measured_tok_s: measured, measured_quartiles_tok_s: quartiles, predicted_tok_s: predicted } of [parent, child]) {
      if (measured === undefined || quartiles === undefined) throw new Error('The models were not measured.');
      for (const phase of ['total', 'prefill', 'decode'] as const) {
        expect(measured[phase]).toBeGreaterThan(0);
        expect(quartiles[phase][0]).toBeLessThanOrEqual(measured[phase]);
        expect(quartiles[phase][1]).toBeGreaterThanOrEqual(measured[phase]);
        // Sums of blocks leave something out, but not an order of magnitude.
        expect(measured[phase] / predicted[phase]).toBeGreaterThan(0.1);
        expect(measured[phase] / predicted[phase]).toBeLessThan(10);
      }
      // Tokens of one sequence by their rates are its time, whole and in parts.
      expect((isl + osl) / predicted.total).toBeCloseTo(isl / predicted.prefill + osl / predicted.decode, 10);
      expect(measured.total).toBeGreaterThan(Math.min(measured.prefill, measured.decode));
      expect(measured.total).toBeLessThan(Math.max(measured.prefill, measured.decode));
    }
    // The child is the one within 70 %, so its runtime in the library is its throughput here.
    const chosen = report.limits[2];
    expect(child.predicted_tok_s.total).toBeCloseTo((batch * (isl + osl) * 1000) / chosen.child.runtime_ms, 6);
    expect(ratio.predicted.total).toBeCloseTo(child.predicted_tok_s.total / parent.predicted_tok_s.total, 10);
    expect(ratio.target.total).toBeGreaterThan(0);
  });

  it('writes a block library like any other', async () => {
    const library = librarySchema.parse(JSON.parse(await readFile(report.library, 'utf8')));
    expect(library.provenance.kind).toBe('measured');
    expect(library.choices).toHaveLength(4 * 4 * 5);
    const answer = parseOnly(await runCli('solve', '--library', report.library, '--max', `num_params=${0.7 * 225_000}`, '--json')) as { status: string };
    expect(answer.status).toBe('optimal');
  });

  it('goes on with the verbs for models: assemble, evaluate, export, generate', async () => {
    const solved = await runCli('solve', '--library', report.library, '--max', 'kv_bytes_per_sequence=20000', '--json');
    await writeFile(path.join(folder, 'child.json'), solved.stdout);
    const assembled = parseOnly(await runCli('assemble', '--run', run, '--solution', path.join(folder, 'child.json'), '--out', 'children/mine', '--json')) as { out: string };
    const evaluated = parseOnly(await runCli('evaluate', '--run', run, '--model', 'children/mine', '--model', report.export, '--json')) as {
      parent: { kl_div: number };
      models: { quality: { kl_div: number; lm_loss: number } }[];
    };
    expect(evaluated.parent.kl_div).toBe(0);
    expect(evaluated.models[0].quality.kl_div).toBeGreaterThan(0);
    // What was exported and read again computes what the distilled child computed, to the last bit.
    expect(evaluated.models[1].quality).toMatchObject({ kl_div: report.child.kl_after, lm_loss: report.child.loss_after });
    const out = path.join(folder, 'exported');
    parseOnly(await runCli('export', '--model', assembled.out, '--form', 'hugging_face', '--dtype', 'bf16', '--out', out, '--json'));
    expect(JSON.parse(await readFile(path.join(out, 'config.json'), 'utf8'))).toMatchObject({ hidden_size: 64, num_hidden_layers: 4 });
    const generated = parseOnly(await runCli('generate', '--model', out, '--prompt', 'copy : a b', '--max-new-tokens', '5', '--json')) as { tokens: number; text: string };
    expect(generated.tokens).toBeGreaterThan(0);
  }, 120_000);

  it('does nothing again that is done', async () => {
    const again = await runCli('pipeline', '--preset', 'smoke', '--seed', '1', '--out', run, '--json');
    const { seconds: _, ...same } = report;
    expect(parseOnly(again)).toMatchObject(same);
    expect(report.seconds['parent']).toBeGreaterThan(1);
  }, 60_000);

  it('refuses another plan in the same folder, and unknown names', async () => {
    const other = await runCli('pipeline', '--preset', 'smoke', '--seed', '2', '--out', run, '--json');
    expect(other.code).toBe(2);
    expect(JSON.parse(other.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'bad_input', message: expect.stringContaining('seed: 1 there, 2 asked for') as string } });
    expect((await runCli('pipeline', '--preset', 'huge', '--out', folder)).code).toBe(2);
    const foreign = await runCli('pipeline', '--preset', 'smoke', '--out', folder);
    expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining('holds other files')]);
    expect((await runCli('bld', '--run', path.join(folder, 'nowhere'))).code).toBe(2);
  });
});
