import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { planResultSchema } from '../../protocol/plan.ts';
import { PLAN_HELP, runPlan } from './plan_verb.ts';
import { UsageError } from './usage_error.ts';

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
  try {
    return { code: await runPlan(argv), stdout: written.join('') };
  } finally {
    spy.mockRestore();
  }
}

const PALM = ['--parent', 'palm-540b', '--device', 'tpu-v4', '--chips', '64'];
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

describe('plan', () => {
  it('prints the result as one JSON value', async () => {
    const { code, stdout } = await run(...PALM, '--batch', '64,512', '--phase', 'decode', '--weights', 'int8', '--json');
    expect(code).toBe(0);
    const plan = planResultSchema.parse(JSON.parse(stdout));
    expect(plan.points.map(({ phase, batch, winner }) => [phase, batch, winner?.layout.ffn, winner?.layout.attention])).toEqual([
      ['decode', 64, 'ws_2d', 'batch'],
      ['decode', 512, 'ws_2d', 'batch'],
    ]);
    expect(plan.settings).toMatchObject({ isl: 2048, osl: 64, formats: { weights: 'int8', activations: 'bf16', kv: 'bf16' } });
  });

  it('prints a table per phase, with the reason where the layout changes', async () => {
    const { code, stdout } = await run(...PALM, '--mesh', '4x4x4', '--batch', '1,2,512');
    expect(code).toBe(0);
    expect(stdout).toContain('Prefill, all prompts of the batch');
    expect(stdout).toContain('Decode, one token for each sequence');
    expect(stdout).toMatch(/1 {2}weight-stationary 2D {2}4 x 4 x 4 {2}attention over heads/);
    expect(stdout.match(/batch 1: Its time goes/g)).toHaveLength(2);
    expect(stdout).not.toContain('undefined');
  });

  it('reads a config.json', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'plan-'));
    folders.push(folder);
    const file = path.join(folder, 'config.json');
    const config = {
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      hidden_size: 4096,
      intermediate_size: 14_336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      vocab_size: 128_256,
      rms_norm_eps: 1e-5,
      rope_theta: 500_000,
      tie_word_embeddings: false,
      max_position_embeddings: 131_072,
    };
    writeFileSync(file, JSON.stringify(config));
    const { code, stdout } = await run('--parent', file, '--device', 'h100', '--chips', '2', '--batch', '8', '--json');
    expect(code).toBe(0);
    expect(planResultSchema.parse(JSON.parse(stdout)).model.params).toBe(8_030_261_248);
  });

  it('ends with code 3 where nothing fits', async () => {
    const { code, stdout } = await run('--parent', 'llama-3.1-405b', '--device', 'h100-sxm', '--chips', '8', '--batch', '1', '--phase', 'decode');
    expect(code).toBe(3);
    expect(stdout).toContain('No layout fits');
  });

  it.each([
    [['--device', 'tpu-v4', '--chips', '64'], '--parent ID is needed.'],
    [['--parent', 'palm-8b', '--chips', '64'], '--device ID is needed.'],
    [['--parent', 'palm-8b', '--device', 'tpu-v4'], '--chips N is needed.'],
    [[...PALM, '--batch', '1,,2'], '--batch (nothing): expected a whole number of at least 1.'],
    [[...PALM, '--mesh', '4x4'], '--mesh 4x4: expected XxYxZ, such as 4x4x4.'],
    [[...PALM, '--phase', 'train'], '--phase train: there are prefill, decode, both.'],
    [[...PALM, '--weights', 'int9'], '--weights int9: there are fp32, bf16, fp16, fp8, int8, fp4, int4.'],
    [[...PALM, '--kv-share', '2'], '--kv-share 2: expected a number above 0 and at most 1.'],
    [[...PALM, 'more'], '"more" is not expected here; options begin with --.'],
  ])('%j: %s', async (argv, message) => {
    await expect(run(...argv)).rejects.toThrow(new UsageError(message));
  });

  it('explains every option in its help', () => {
    for (const option of ['parent', 'device', 'chips', 'mesh', 'phase', 'batch', 'isl', 'osl', 'cached', 'weights', 'activations', 'kv', 'block', 'terms', 'overlap', 'layer-latency-us', 'network-gb-s', 'kv-share', 'json']) {
      expect(PLAN_HELP).toContain(`--${option}`);
    }
  });
});
