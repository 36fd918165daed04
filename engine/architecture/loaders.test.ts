import { describe, expect, it } from 'vitest';
import type { LoaderVerdict } from '../protocol/api.ts';
import { chosenBlock, parseVariantId, type Architecture } from '../protocol/variant.ts';
import { LOADER_PROVENANCE } from '../protocol/api.ts';
import { loaderWarnings } from './loaders.ts';
import { parentModel, presetArchitecture, referenceArchitecture } from './presets.ts';

function child(...variants: string[]): Architecture {
  const blocks = variants.map((variant, index) => chosenBlock([index], parseVariantId(variant)!));
  return { id: 'c', name: 'c', external: false, shape: parentModel('llama-3.1-8b')!.shape, blocks, source: 'test' };
}

function verdicts(architecture: Architecture): Record<string, LoaderVerdict['verdict']> {
  const short = (name: string): string => name.split(' (')[0]!;
  return Object.fromEntries(loaderWarnings(architecture).map(({ loader, verdict }) => [short(loader), verdict]));
}

const ALL = ['Hugging Face Transformers', 'TensorRT-LLM', 'vLLM', 'SGLang', 'llama.cpp', 'mlx-lm', 'NeMo AutoModel'];
const allLoad = Object.fromEntries(ALL.map((name) => [name, 'loads']));

describe('loaderWarnings', () => {
  it('knows that the 51B does not load in vLLM, and in which layers it is linear', () => {
    const architecture = referenceArchitecture('nemotron-51b')!;
    expect(verdicts(architecture)).toEqual({
      ...allLoad, vLLM: 'refuses', SGLang: 'refuses', 'mlx-lm': 'unknown', 'NeMo AutoModel': 'unknown',
    });
    const vllm = loaderWarnings(architecture).find(({ loader }) => loader === 'vLLM');
    expect(vllm?.reasons).toEqual([
      'linear attention is not implemented: layers 11, 15, 35, 38-42, 44, 47, 50, 52-53, 56, 59-62',
    ]);
  });

  it.each(['nemotron-super-49b', 'nemotron-ultra-253b'])('expects %s to load everywhere', (id) => {
    expect(verdicts(referenceArchitecture(id)!)).toEqual(allLoad);
  });

  it('knows that llama.cpp drops attention where there is no FFN, but not empty layers', () => {
    const [verdict] = loaderWarnings(child('kv8/256', 'kv8/no_op', 'linear/no_op', 'no_op/no_op')).filter(({ loader }) => loader === 'llama.cpp');
    expect(verdict).toMatchObject({ verdict: 'refuses', reasons: [expect.stringMatching(/layers 1-2$/)] });
    expect(verdicts(child('kv8/256', 'no_op/no_op'))).toEqual(allLoad);
  });

  it('knows who has no linear FFN', () => {
    expect(verdicts(child('kv8/256', 'kv8/linear'))).toEqual({
      ...allLoad, vLLM: 'refuses', SGLang: 'refuses', 'llama.cpp': 'refuses', 'mlx-lm': 'unknown', 'NeMo AutoModel': 'unknown',
    });
  });

  it('knows that vLLM looks for attention in layer 0', () => {
    expect(verdicts(child('no_op/256', 'kv8/256'))).toEqual({ ...allLoad, vLLM: 'refuses', SGLang: 'refuses' });
  });

  it('refuses everywhere what the form cannot express', () => {
    const list = loaderWarnings(child('kv8/256', 'kv8/300'));
    expect(list.map(({ verdict }) => verdict)).toEqual(ALL.map(() => 'refuses'));
    expect(list[0]?.reasons[0]).toMatch(/multiples of 256: layer 1$/);
  });

  it('is in doubt about unusual head sizes', () => {
    const usual = child('kv8/256');
    expect(verdicts({ ...usual, shape: { ...usual.shape, head_dim: 64 } })['vLLM']).toBe('unknown');
  });

  it('refuses everywhere a model whose layers DeciLM does not have', () => {
    const usual = child('kv8/256');
    const list = loaderWarnings({ ...usual, shape: { ...usual.shape, qk_norm: true } });
    expect(list.map(({ verdict }) => verdict)).toEqual(ALL.map(() => 'refuses'));
  });

  it('is in doubt about a sliding window, which every loader would leave out', () => {
    const list = loaderWarnings(presetArchitecture('mistral-7b')!);
    expect(list.map(({ verdict }) => verdict)).toEqual(ALL.map(() => 'unknown'));
    expect(list[0]?.reasons[0]).toMatch(/sliding window .* beyond 4096 tokens/);
  });

  it('says how it knows', () => {
    expect(LOADER_PROVENANCE).toMatch(/reading the source .* not by running/);
  });
});
