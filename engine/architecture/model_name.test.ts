import { expect, it } from 'vitest';
import { DEFAULT_FAMILY } from './families.ts';
import { modelName } from './model_name.ts';

it.each([
  ['Llama-3.1-8B-Instruct/config.json', {}, 'Llama-3.1-8B-Instruct'],
  ['C:\\models\\Qwen2-7B\\config.json', {}, 'Qwen2-7B'],
  ['my-model.json', { _name_or_path: 'a/other' }, 'my-model'],
  ['config.json', { _name_or_path: 'mistralai/Mistral-7B-v0.1' }, 'Mistral-7B-v0.1'],
  ['/data/models/config.json', { _name_or_path: '/checkpoints/tuned-8b/' }, 'tuned-8b'],
  ['hub/models--Qwen--Qwen3-8B/snapshots/b968826d9c46dd6066d109eabc6255188de91218/config.json', { _name_or_path: 'x/y' }, 'Qwen3-8B'],
  ['config.json', {}, 'Llama 8.03B'],
])('%s with %j is %s', (file, config, name) => {
  expect(modelName(file, config, DEFAULT_FAMILY, 8_030_261_248)).toBe(name);
});

it.each([
  [405_853_388_800, 'Llama 406B'],
  [494_032_768, 'Llama 494M'],
  [15_000_000, 'Llama 15.0M'],
])('%d parameters make %s', (params, name) => {
  expect(modelName('config.json', {}, DEFAULT_FAMILY, params)).toBe(name);
});
