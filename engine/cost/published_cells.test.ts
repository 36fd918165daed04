import { describe, expect, it } from 'vitest';
import { builtInDevices } from '../hardware/devices.ts';
import { batchIn, numberIn, parallelismIn, placeIn } from './published_cells.ts';
import { formatsIn } from './published_formats.ts';
import { measureIn } from './published_measure.ts';
import { publishedModel } from './published_models.ts';

const nameOf = (spelling: string): string | undefined => {
  const model = publishedModel(spelling);
  return typeof model === 'string' ? undefined : model.name;
};

describe('models', () => {
  it.each([
    ['Llama-3.1-8B', 'Llama-3.1-8B-Instruct'],
    ['llama3.1-8b', 'Llama-3.1-8B-Instruct'],
    ['Llama 3 8B', 'Llama-3.1-8B-Instruct'],
    ['nvidia/Llama-3.1-8B-Instruct-FP8', 'Llama-3.1-8B-Instruct'],
    ['Meta-Llama-3.1-70B-Instruct', 'Llama-3.1-70B-Instruct'],
    ['Llama-3.3-70B-Instruct-FP8', 'Llama-3.3-70B-Instruct'],
    ['nvidia/Llama-3.3-70B-Instruct-FP4', 'Llama-3.3-70B-Instruct'],
    ['Llama v3.3 70B (NVFP4)', 'Llama-3.3-70B-Instruct'],
    ['models--meta-llama--Llama-3.3-70B-Instruct', 'Llama-3.3-70B-Instruct'],
    ['nvidia/Llama-3.1-405B-Instruct-FP8', 'Llama-3.1-405B-Instruct'],
    ['Llama 3 1 405B', 'Llama-3.1-405B-Instruct'],
    ['LLaMA 405B', 'Llama-3.1-405B-Instruct'],
    ['mistralai/Mistral-7B-Instruct-v0.3', 'Mistral-7B-v0.1'],
    ['Mistral 7B', 'Mistral-7B-v0.1'],
    ['DeepSeek-R1-Distill-Llama-70B', 'Llama-3.3-70B-Instruct'],
    ['nvidia/Llama-3_1-Nemotron-51B-Instruct', 'Nemotron-51B-Instruct'],
    ['Nemotron-51B', 'Nemotron-51B-Instruct'],
    ['Llama-3.3-Nemotron-Super-49B-v1', 'Nemotron-Super-49B-v1'],
    ['nvidia/Llama-3_1-Nemotron-Ultra-253B-v1', 'Nemotron-Ultra-253B-v1'],
    ['Llama-3.1-Minitron-4B-Width-Base', 'Llama-3.1-Minitron-4B-Width'],
    ['Llama-2-70B-chat-hf', 'Llama-2-70B-chat-hf'],
  ])('%s is %s', (spelling, name) => {
    expect(nameOf(spelling)).toBe(name);
  });

  it.each([
    'Llama-3.2-3B',
    'Llama-3.2-1B-Instruct',
    'Llama 70B',
    'Llama-2-13B',
    'Llama-3.1-8B-draft',
    'Llama-4-Scout-17B-16E-Instruct',
    'Nemotron-40B',
    'Nemotron-51B search (full space)',
    'Nemotron-4-340B',
    'Puzzle-8B child (coupled BLD)',
    'Mixtral-8x7B-Instruct-v0.1',
    'Mistral-Nemo-12B',
    'Mistral-Small-24B',
    'Ministral-8B',
    'Minitron-4B-Base',
    'Qwen3-30B-A3B',
    'DeepSeek-R1',
    'gpt-oss-120b',
    'PaLM-540B decode',
    'GPT-175B',
    'FP8',
    '',
  ])('%s is none of ours', (spelling) => {
    expect(publishedModel(spelling)).toBeTypeOf('string');
  });

  it('that are older have their own vocabulary and heads', () => {
    expect(publishedModel('Llama-2-70B')).toMatchObject({ shape: { vocab_size: 32_000, hidden_size: 8192 } });
    const small = publishedModel('Llama-2-7B');
    expect(small).toMatchObject({ shape: { vocab_size: 32_000, hidden_size: 4096 } });
    expect(typeof small === 'string' ? '' : small.blocks[0]?.variant).toBe('kv32/11008');
  });
});

describe('number formats', () => {
  const shortly = (cell: string): string | undefined => {
    const formats = formatsIn(cell);
    return formats === undefined ? undefined : `${formats.weights} ${formats.activations} ${formats.kv}`;
  };
  it.each([
    ['FP8', 'fp8 fp8 fp8'],
    ['FP8 (W/A/KV)', 'fp8 fp8 fp8'],
    ['fp8 e4m3', 'fp8 fp8 fp8'],
    ['FP8, KV FP16', 'fp8 fp8 fp16'],
    ['FP8 (BF16 KV cache)', 'fp8 fp8 bf16'],
    ['W8A8 FP8', 'fp8 fp8 fp8'],
    ['NVFP4', 'fp4 fp4 fp8'],
    ['FP4', 'fp4 fp4 fp8'],
    ['NVFP4 + FP8 KV', 'fp4 fp4 fp8'],
    ['BF16', 'bf16 bf16 bf16'],
    ['bf16 weights', 'bf16 bf16 bf16'],
    ['FP16', 'fp16 fp16 fp16'],
    ['BF16, kv_cache=fp8', 'bf16 bf16 fp8'],
    ['int8 weights', 'int8 bf16 bf16'],
    ['INT8 weight-only', 'int8 bf16 bf16'],
    ['INT4 AWQ', 'int4 bf16 bf16'],
    ['W4A16 (AWQ)', 'int4 bf16 bf16'],
    ['W4A8 AWQ', 'int4 fp8 fp8'],
  ])('%s is %s', (cell, formats) => {
    expect(shortly(cell)).toBe(formats);
  });
  it.each(['', 'INT8', 'W8A8', 'mixed', 'MXFP4', 'FP8/BF16', 'FP8 BF16', 'TF32', 'W8A8 FP4', 'KV fp8', 'fp4 weights'])('%s does not say', (cell) => {
    expect(formatsIn(cell)).toBeUndefined();
  });
});

describe('places', () => {
  const devices = builtInDevices();
  it('may have the number of devices and the stages beside them', () => {
    expect(placeIn('8x H100 80GB HBM3', devices)).toEqual({ device: 'h100-sxm', stages: undefined });
    expect(placeIn('2 x H200', devices)).toEqual({ device: 'h200-sxm', stages: undefined });
    expect(placeIn('H100 x8', devices)).toEqual({ device: 'h100-sxm', stages: undefined });
    expect(placeIn('B200 (4 GPUs)', devices)).toEqual({ device: 'b200', stages: undefined });
    expect(placeIn('A100 SXM 80GB xPP3', devices)).toEqual({ device: 'a100-sxm-80', stages: 3 });
    expect(placeIn('64x TPU v4', devices)).toEqual({ device: 'tpu-v4', stages: undefined });
    expect(placeIn('H100 NVL', devices)).toBeTypeOf('string');
  });

  it('may be devices that the user added', () => {
    const own = { ...devices[0]!, id: 'h100-nvl', name: 'NVIDIA H100 NVL' };
    expect(placeIn('NVIDIA H100 NVL', [...devices, own])).toEqual({ device: 'h100-nvl', stages: undefined });
    expect(placeIn('h100-nvl', [...devices, own])).toEqual({ device: 'h100-nvl', stages: undefined });
  });
});

describe('other cells', () => {
  it('say how a model is split', () => {
    expect(parallelismIn('2')).toEqual({ tp: 2 });
    expect(parallelismIn('TP2')).toEqual({ tp: 2 });
    expect(parallelismIn('tp=8, pp=2')).toEqual({ tp: 8, pp: 2 });
    expect(parallelismIn('TP2PP4')).toEqual({ tp: 2, pp: 4 });
    expect(parallelismIn('TP4 DP2')).toEqual({ tp: 4, dp: 2 });
    expect(parallelismIn('PP4')).toEqual({ tp: 1, pp: 4 });
    expect(parallelismIn('TP8 EP1')).toEqual({ tp: 8 });
    for (const unclear of ['', '0', '-1', '2.5', 'TP', 'TP8 EP8', '2x4', 'TP2 TP4', 'eight', 'TP0']) expect(parallelismIn(unclear)).toBeTypeOf('string');
  });

  it('are numbers, also with separators', () => {
    expect(numberIn(' 1,234.5 ')).toBe(1234.5);
    expect(numberIn('2e3')).toBe(2000);
    for (const none of ['', '-', 'OOM', '1,2', '12 tok/s', 'Infinity', '0x10']) expect(numberIn(none)).toBeUndefined();
  });

  it('say how many sequences there are together', () => {
    expect(batchIn('')).toEqual({ size: undefined, concurrent: false });
    expect(batchIn('64')).toEqual({ size: 64, concurrent: false });
    expect(batchIn('conc=5')).toEqual({ size: 5, concurrent: true });
    expect(batchIn('concurrency: 250')).toEqual({ size: 250, concurrent: true });
    expect(batchIn('BS 1,024')).toEqual({ size: 1024, concurrent: false });
    for (const unclear of ['many', '1.5', '0', '8-16']) expect(batchIn(unclear)).toBeTypeOf('string');
  });

  it.each([
    ['output_throughput', 'tok/s', { quantity: 'output_throughput', perDevice: false }],
    ['output_throughput_per_gpu', 'tok/s/GPU', { quantity: 'output_throughput', perDevice: true }],
    ['throughput', 'tokens / sec / GPU', { quantity: 'output_throughput', perDevice: true }],
    ['Total Token Throughput', 'tokens per second', { quantity: 'total_throughput', perDevice: false }],
    ['request_throughput', 'req/s', { quantity: 'requests', perDevice: false }],
    ['throughput', 'requests/s', { quantity: 'requests', perDevice: false }],
    ['tokens/s/user', '', { quantity: 'per_user', perDevice: false }],
    ['Mean TTFT', 'ms', { quantity: 'ttft', scale: 1 }],
    ['time to first token (s)', '', { quantity: 'ttft', scale: 1000 }],
    ['Inter-token latency', 'ms', { quantity: 'itl', scale: 1 }],
    ['Time per output token', 's', { quantity: 'itl', scale: 1000 }],
    ['e2e_latency', 'us', { quantity: 'latency', scale: 0.001 }],
  ])('measure: %s in %s', (metric, unit, measure) => {
    expect(measureIn(metric, unit)).toMatchObject(measure);
  });

  it.each([
    ['mfu', 'percent'],
    ['max_context_30pct_hbm', 'tokens'],
    ['p99_latency', 'ms'],
    ['power', 'W'],
    ['throughput', 'samples/s'],
    ['throughput', 'tokens'],
    ['tokens', 's'],
    ['latency', ''],
    ['', 'tok/s'],
  ])('do not measure what is predicted: %s in %s', (metric, unit) => {
    expect(measureIn(metric, unit)).toBeTypeOf('string');
  });
});
