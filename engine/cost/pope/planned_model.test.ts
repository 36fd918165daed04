import { describe, expect, it } from 'vitest';
import { architectureKvBytesPerToken, architectureParams } from '../../architecture/count.ts';
import { presetArchitecture } from '../../architecture/presets.ts';
import { blockWeights, executedParams, kvElementsPerToken, palmIds, palmModel, plannedModel } from './planned_model.ts';

const palm = (id: string) => palmModel(id)!;
const preset = (id: string) => presetArchitecture(id)!;

describe('PaLM presets', () => {
  // Chowdhery et al., arXiv 2204.02311: 8.63B, 62.50B and 540.35B; embeddings are shared with the head.
  it.each([
    ['palm-8b', 8.63e9],
    ['palm-62b', 62.5e9],
    ['palm-540b', 540.35e9],
  ])('%s has the published parameters by its shape', (id, published) => {
    const { paddedHeads: _, ...unpadded } = palm(id);
    expect(Math.abs((blockWeights(unpadded) + unpadded.vocab * unpadded.hidden) / published - 1)).toBeLessThan(5e-4);
    expect(unpadded.params).toBe(published);
  });

  // Pope et al., section 4: padding 48 heads to 64 adds 18B parameters.
  it('540B gains 18B by padding its heads', () => {
    const model = palm('palm-540b');
    expect((executedParams(model) - model.params) / 18e9).toBeCloseTo(1, 1);
    expect(executedParams(palm('palm-62b'))).toBe(62.5e9);
  });

  // Multi-query: 2 x 118 layers x 256 x 2 bytes.
  it('540B keeps 120,832 bytes per token', () => {
    expect(2 * kvElementsPerToken(palm('palm-540b'))).toBe(120_832);
  });

  it('are all there', () => {
    expect(palmIds()).toEqual(['palm-8b', 'palm-62b', 'palm-540b']);
    expect(palmModel('palm-1b')).toBeUndefined();
  });
});

describe('architectures', () => {
  // Bytes per token in FP8, from the released configurations.
  it.each([
    ['llama-3.1-70b', 163_840, 1],
    ['nemotron-51b', 94_976, undefined],
    ['nemotron-super-49b', 100_352, undefined],
    ['nemotron-ultra-253b', 131_072, undefined],
  ])('%s keeps %i elements per token', (id, elements, groups) => {
    const model = plannedModel(preset(id));
    expect(kvElementsPerToken(model)).toBe(elements);
    expect(kvElementsPerToken(model)).toBe(architectureKvBytesPerToken(preset(id), 1));
    if (groups === undefined) expect(model.groups.length).toBeGreaterThan(5);
    else expect(model.groups).toHaveLength(groups);
  });

  it.each(['llama-3.1-8b', 'llama-3.1-405b', 'nemotron-51b', 'nemotron-ultra-253b'])('%s: matrices of all layers are the parameters but for embeddings and norms', (id) => {
    const architecture = preset(id);
    const model = plannedModel(architecture);
    const { hidden_size: hidden, vocab_size: vocab } = architecture.shape;
    const norms = architecture.blocks.reduce((sum, { attention, ffn }) => sum + (attention.kind === 'no_op' ? 0 : hidden) + (ffn.kind === 'no_op' ? 0 : hidden), hidden);
    expect(blockWeights(model) + 2 * vocab * hidden + norms).toBe(architectureParams(architecture));
    expect(model.params).toBe(architectureParams(architecture));
    expect(model.layers).toBe(architecture.blocks.length);
  });

  it('differ by window where layers look back differently', () => {
    const base = preset('llama-3.1-8b');
    const model = plannedModel({ ...base, shape: { ...base.shape, sliding_window: { tokens: 4096, layers: [0, 2] } } });
    expect(model.groups.map(({ count, window }) => [count, window])).toEqual([
      [2, 4096],
      [30, undefined],
    ]);
  });
});
