/** `cost` and `validate` of the command line as built. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { costReportSchema } from '../../engine/protocol/cost.ts';
import { removeFolder, temporaryFolder } from '../fixtures/server.mjs';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../support/shared_data.ts';
import { parseOnly, runCli } from './run_cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => removeFolder(folder));

const COST = ['cost', '--architecture', 'llama-3.1-70b', '--device', 'h100-sxm', '--weights', 'fp8', '--activations', 'fp8', '--kv', 'fp8', '--tp', '2', '--isl', '128', '--osl', '2048'];
const errorOf = (stderr: string): { code: string; message: string; hint?: string } => JSON.parse(stderr).error;

describe('cost', () => {
  it('prints the report as JSON', async () => {
    const printed = z.looseObject({ deployment: z.looseObject({ tp: z.number() }), traffic: z.unknown() }).parse(parseOnly(await runCli(...COST, '--json')));
    const report = costReportSchema.parse(printed);
    expect(report).toMatchObject({ params: 70_553_706_496, kv_bytes_per_token: 163_840, gpus: 2, batch_limit: 'memory', provenance: { kind: 'calibrated' } });
    expect(report.memory).toMatchObject({ kv_bytes_per_token_per_gpu: 81_920, reserve_bytes: 3e9 });
    expect(report.layers).toHaveLength(80);
    // TensorRT-LLM v0.17 published 6,170.
    expect(Math.abs(report.output_tok_s / 6170 - 1)).toBeLessThan(0.1);
    expect(report.output_tok_s_per_gpu).toBeCloseTo(report.output_tok_s / 2, 6);
    expect(report.total_tok_s).toBeCloseTo((report.output_tok_s * 2176) / 2048, 6);
    expect(printed.deployment).toMatchObject({ device: 'h100-sxm', weights: 'fp8', tp: 2, pp: 1 });
    expect(printed.traffic).toEqual({ isl: 128, osl: 2048 });
  });

  it('says the same in words', async () => {
    const { code, stdout } = await runCli(...COST, '--batch', '64', '--pp', '2', '--price', '2.5', '--speculate', '4:0.7');
    expect(code).toBe(0);
    for (const words of ['Llama-3.1-70B-Instruct on 4 x h100-sxm (tp 2, pp 2), fp8', '64 as asked', 'tokens per step', 'per million generated tokens', 'matrix products', 'weights 18', 'kv8/28672']) {
      expect(stdout).toContain(words);
    }
  });

  it('reads a config.json, or the folder that holds one', async () => {
    const file = path.join(folder, 'config.json');
    const config = { model_type: 'llama', hidden_size: 2048, num_attention_heads: 32, num_key_value_heads: 8, num_hidden_layers: 16, intermediate_size: 8192, vocab_size: 128_256, tie_word_embeddings: true };
    await writeFile(file, JSON.stringify(config));
    const options = ['--device', 'L40S', '--isl', '512', '--osl', '512', '--json'];
    const one = costReportSchema.parse(parseOnly(await runCli('cost', '--architecture', file, ...options)));
    // Llama-3.2-1B.
    expect(one.params).toBe(1_235_814_400);
    expect(costReportSchema.parse(parseOnly(await runCli('cost', '--architecture', folder, ...options))).output_tok_s).toBe(one.output_tok_s);
  });

  it('takes devices and calibrations of a file', async () => {
    const file = path.join(folder, 'hardware.json');
    const device = { id: 'h100-nvl', name: 'NVIDIA H100 NVL', kind: 'gpu', peak_tflops: { bf16: 835, fp8: 1671 }, memory_bytes: 100.5e9, memory_gb_s: 3938, link: { name: 'NVLink bridge', gb_s_per_direction: 300 }, source: 'datasheet' };
    await writeFile(file, JSON.stringify({ format: 'puzzle-workbench/hardware', version: 1, devices: [device], calibrations: [] }));
    const options = ['cost', '--architecture', 'llama-3.1-8b', '--device', 'h100-nvl', '--isl', '128', '--osl', '128', '--json'];
    expect(costReportSchema.parse(parseOnly(await runCli(...options, '--hardware', file))).memory.device_bytes).toBe(100.5e9);
    const without = await runCli(...options);
    expect(without.code).toBe(2);
    expect(errorOf(without.stderr).message).toContain('There is no device "h100-nvl"');
    await writeFile(file, JSON.stringify({ format: 'puzzle-workbench/hardware', version: 1, devices: [{ ...device, memory_gb_s: 'fast' }], calibrations: [] }));
    expect(errorOf((await runCli(...options, '--hardware', file)).stderr).message).toContain('devices[0].memory_gb_s');
  });

  it.each([
    [['cost', '--device', 'h100-sxm', '--isl', '1', '--osl', '1'], '--architecture PRESET|config.json is needed'],
    [['cost', '--architecture', 'llama-9', '--device', 'h100-sxm', '--isl', '1', '--osl', '1'], 'There is no model "llama-9"'],
    [['cost', '--architecture', './none.json', '--device', 'h100-sxm', '--isl', '1', '--osl', '1'], 'There is no file ./none.json'],
    [[...COST, '--weights', 'fp7'], '--weights fp7: expected one of'],
    [[...COST, '--tp', '0'], '--tp 0: expected a whole number'],
    [[...COST, '--tp', '128'], 'too few for tp 128'],
    [[...COST, '--pp', '81'], 'too few for 81 stages'],
    [[...COST, '--calibration', 'mine'], 'There is no calibration "mine"'],
    [[...COST, '--speculate', '4'], '--speculate 4: expected DRAFTS:ACCEPTANCE'],
    [[...COST, '--batch', '1.5'], '--batch 1.5'],
    [['validate'], '--published FILE.csv is needed'],
    [['validate', '--published', 'none.csv'], 'There is no file none.csv'],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await runCli(...args, '--json');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(errorOf(stderr).message).toContain(words);
  });
});

describe('validate', () => {
  it('names what a file lacks', async () => {
    const file = path.join(folder, 'short.csv');
    await writeFile(file, 'model,hardware,tp\r\nLlama-3.1-8B,H100,1\r\n');
    const { code, stderr } = await runCli('validate', '--published', file, '--json');
    expect(code).toBe(2);
    expect(errorOf(stderr).message).toContain('expected the columns dtype, isl, osl, metric, value, unit');
  });

  it('predicts rows of a release that nobody has seen, in its own spellings', async () => {
    const file = path.join(folder, 'release.csv');
    const rows = [
      'source,model,hardware,dtype,tp,isl,osl,batch,metric,value,unit',
      'v1,nvidia/Llama-3.3-70B-Instruct-FP8,H100 80GB HBM3,FP8,TP2,1000,1000,,throughput,4391,tokens/s',
      'v1,nvidia/Llama-3.1-405B-Instruct-FP4,B200,NVFP4,4,128,2048,,tokens/s,"8,000",tokens/sec',
      'v1,DeepSeek-R1,B200,NVFP4,8,128,2048,,throughput,1,tok/s',
    ];
    await writeFile(file, `${rows.join('\r\n')}\r\n`);
    const json = z.looseObject({ rows: z.array(z.record(z.string(), z.unknown())), groups: z.array(z.looseObject({ n: z.number() })), overall: z.looseObject({ n: z.number(), skipped: z.number() }) });
    const { rows: printed, groups, overall } = json.parse(parseOnly(await runCli('validate', '--published', file, '--json')));
    expect(Math.abs(Number(printed[0]?.['predicted']) / 4391 - 1)).toBeLessThan(0.1);
    expect(printed[1]).toMatchObject({ value: 8000, unit: 'tokens/sec', hardware: 'B200' });
    expect(Number(printed[1]?.['predicted'])).toBeGreaterThan(1000);
    expect(printed[2]).toMatchObject({ model: 'DeepSeek-R1', reason: expect.stringContaining('mixture of experts') });
    expect(groups).toHaveLength(2);
    expect(overall).toMatchObject({ n: 2, skipped: 1 });
  });

  it.skipIf(sharedData('throughput/published.csv') === undefined)(`prints the table of errors (${HOW_TO_GET_SHARED_DATA})`, async () => {
    const file = sharedData('throughput/published.csv') ?? '';
    const { code, stdout } = await runCli('validate', '--published', file);
    expect(code).toBe(0);
    expect(stdout).toContain('Furthest off:');
    const lines = (await readFile(file, 'utf8')).trim().split('\n').length - 1;
    const [, predicted] = /^ +all +(\d+) /m.exec(stdout) ?? [];
    const [, skipped] = /^(\d+) rows are not predicted/m.exec(stdout) ?? [];
    expect(Number(predicted) + Number(skipped)).toBe(lines);
  });
});
