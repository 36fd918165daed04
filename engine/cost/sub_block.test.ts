import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../hardware/calibrations.ts';
import { deploymentSchema } from '../protocol/cost.ts';
import { parentModel } from '../architecture/presets.ts';
import { sharedData } from '../../test/support/shared_data.ts';
import { kernelsFor } from './kernels.ts';
import { attentionSeconds, ffnSeconds, type Step } from './sub_block.ts';

const shape = parentModel('llama-3.1-70b')!.shape;
const golden = path.join(sharedData('hardware') ?? '', 'golden_blocks.csv');

describe('block latencies', () => {
  it.skipIf(sharedData('hardware') === undefined)('agree with an independent implementation of the closed forms', () => {
    const [head = '', ...lines] = readFileSync(golden, 'utf8').trim().split('\n');
    const names = head.split(',');
    const errors = lines.map((line) => {
      const row = Object.fromEntries(line.split(',').map((value, index) => [names[index], value]));
      const kernels = kernelsFor(
        deploymentSchema.parse({ device: row['device'], weights: row['dtype'], activations: row['dtype'], kv: row['kv_dtype'] }),
        BUILT_IN,
      );
      const step: Step = {
        sequences: Number(row['decode_tokens']),
        tokensPerSequence: 1,
        context: Number(row['context']),
        prefillTokens: Number(row['prefill_tokens']),
        prompt: Number(row['prompt']),
      };
      const tp = Number(row['tp']);
      const name = row['sub_block']!;
      const seconds = name.startsWith('kv')
        ? attentionSeconds(kernels, shape, { kind: 'gqa', kv_heads: Number(name.slice(2)) }, tp, step)
        : name === 'attention_linear'
          ? attentionSeconds(kernels, shape, { kind: 'linear' }, tp, step)
          : ffnSeconds(kernels, shape, name === 'ffn_linear' ? { kind: 'linear' } : { kind: 'swiglu', intermediate_size: Number(name) }, tp, step);
      return { line, error: Math.abs((seconds * 1e6) / Number(row['microseconds']) - 1) };
    });
    expect(errors.length).toBe(336);
    expect(errors.filter(({ error }) => error > 0.001)).toEqual([]);
  });

  it('are nothing at all for a no-op', () => {
    const kernels = kernelsFor(deploymentSchema.parse({ device: 'h100-sxm' }), BUILT_IN);
    const step: Step = { sequences: 64, tokensPerSequence: 1, context: 2048, prefillTokens: 512, prompt: 2048 };
    expect(attentionSeconds(kernels, shape, { kind: 'no_op' }, 2, step)).toBe(0);
    expect(ffnSeconds(kernels, shape, { kind: 'no_op' }, 2, step)).toBe(0);
  });
});
