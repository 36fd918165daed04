import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../../test/support/shared_data.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { librarySchema } from '../protocol/library.ts';
import type { Library } from '../protocol/library.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import type { ImportFile } from './import_file.ts';

const encode = (path: string, value: unknown): ImportFile => ({
  path,
  bytes: new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)),
});

/** A small library in the demo's format: Llama-70B sub-block sizes, two layers, three variants. */
function demo(): Record<string, Record<string, { stats: Record<string, number>; metrics: Record<string, number> }>> {
  const entry = (kv: number, width: number, kl: number, lm: number) => {
    // FFN 3 H I + H and attention 2 H H + 2 H kv 128 + H of H = 8192, cache of batch 256 and 1200 tokens in FP8.
    const attentionParams = kv === 0 ? 0 : 2 * 8192 ** 2 + 2 * 8192 * kv * 128 + 8192;
    const ffnParams = width === 0 ? 0 : 3 * 8192 * width + 8192;
    const attentionMib = (attentionParams + 256 * 1200 * 2 * kv * 128) / 2 ** 20;
    return {
      stats: {
        num_kv_heads: kv,
        ffn_intermediate_size: width,
        memory_mib: attentionMib + ffnParams / 2 ** 20,
        runtime_ms: kv * 10 + width / 100,
        num_params: attentionParams + ffnParams,
        attention_memory_mib: attentionMib,
        attention_runtime_ms: kv * 10,
        attention_num_params: attentionParams,
        ffn_memory_mib: ffnParams / 2 ** 20,
        ffn_runtime_ms: width / 100,
        ffn_num_params: ffnParams,
      },
      metrics: { kl_div: kl, lm_loss: lm },
    };
  };
  const layer = () => ({
    'attention = 8 kv heads (parent * 100%)\t&&\tffn = intermediate size 29e3 (parent * 100%)': entry(8, 28672, 0, 1.6),
    'attention = no_op (parent * 0%)\t&&\tffn = intermediate size 29e3 (parent * 100%)': entry(0, 28672, 0.5, 1.7),
    'attention = no_op (parent * 0%)\t&&\tffn = no_op (parent * 0%)': entry(0, 0, 2, 2.5),
  });
  return { layer_0: layer(), layer_1: layer() };
}
const NO_OP = 'attention = no_op (parent * 0%)\t&&\tffn = no_op (parent * 0%)';
const measurement = { batch_size: 256, sequence_length: 1200, gpu: 'NVIDIA H100 80GB HBM3', dtype: 'fp8' };

function refusal(files: readonly ImportFile[]): WorkbenchError['payload'] {
  try {
    importLibrary(files);
  } catch (error) {
    if (error instanceof WorkbenchError) return error.payload;
    throw error;
  }
  throw new Error('it was accepted');
}
const texts = (library: Library): string => library.notes.map(({ severity, text }) => `${severity}: ${text}`).join('\n');

describe('an NVlabs block library', () => {
  it('is told by its content, whatever the file is called', () => {
    const library = importLibrary([encode('x/some_name.json', demo()), encode('x/other.json', measurement), encode('x/LICENSE.json', { text: 1 })]);
    expect(library.parent).toMatchObject({ num_hidden_layers: 2, variants: ['kv8/28672', 'kv8/28672'] });
    expect(library.choices.map(({ parent_layers, variant }) => [parent_layers, variant])).toEqual([
      [[0], 'kv8/28672'],
      [[0], 'no_op/28672'],
      [[0], 'no_op/no_op'],
      [[1], 'kv8/28672'],
      [[1], 'no_op/28672'],
      [[1], 'no_op/no_op'],
    ]);
    expect(library.choices[1]?.imported_name).toContain('attention = no_op');
    expect(library.measurements).toEqual([
      {
        id: 'b256-1200-fp8',
        device: 'h100-sxm',
        dtypes: { weights: 'fp8', activations: 'fp8', kv: 'fp8' },
        batch: 256,
        sequence: 1200,
        tokens_counted: 'total',
      },
    ]);
    const column = (id: string) => library.columns.find((candidate) => candidate.id === id);
    expect(column('kl_div')).toMatchObject({ role: 'score', better: 'lower', summable: true });
    expect(column('ffn_runtime_ms')).toMatchObject({ role: 'cost', level: 'ffn', part_of: 'runtime_ms', unit: 'ms', measurement: 'b256-1200-fp8' });
    expect(column('memory_mib')).toMatchObject({ level: 'block', unit: 'MiB', provenance: { kind: 'imported', source: 'x/some_name.json' } });
    expect(library.default_objective).toBe('kl_div');
    // The stated batch is the one the cache was computed for: nothing to remark.
    expect(texts(library)).not.toContain('batch_size');
    expect(librarySchema.parse(library)).toEqual(library);
  });

  it('works from the block library alone, and says what is missing', () => {
    const library = importLibrary([encode('block_library.json', demo())]);
    expect(library.measurements).toEqual([]);
    expect(library.parent.variants).toEqual(['kv8/28672', 'kv8/28672']);
    expect(texts(library)).toMatch(/warning: measurement_info.json is missing.*\n.*parent_block_stats.json is missing/);
  });

  it('reads linear maps by name', () => {
    const data = demo();
    for (const layer of Object.values(data)) {
      layer['attention = linear\t&&\tffn = linear'] = layer[NO_OP]!;
    }
    const library = importLibrary([encode('a.json', data)]);
    expect(library.choices.filter(({ variant }) => variant === 'linear/linear')).toHaveLength(2);
  });

  it('leaves out a choice whose score is NaN, with a warning that names it', () => {
    const text = JSON.stringify(demo()).replace('"kl_div":0.5', '"kl_div":NaN');
    const library = importLibrary([encode('a.json', text)]);
    expect(library.choices).toHaveLength(5);
    expect(texts(library)).toContain('warning: Left out because a score is not a finite number: layer 0 no_op/28672.');
  });

  it.each<[string, (data: ReturnType<typeof demo>) => unknown, { path: string; expected: string; found: string }]>([
    [
      'a missing layer',
      ({ layer_0, layer_1 }) => ({ layer_0, layer_2: layer_1 }),
      { path: 'layer_1', expected: 'an entry for every layer from layer_0 to layer_2', found: 'no layer_1' },
    ],
    [
      'a NaN cost',
      (data) => JSON.stringify(data).replace('"runtime_ms":286.72', '"runtime_ms":NaN'),
      {
        path: 'layer_0["attention = no_op (parent * 0%)\\t&&\\tffn = intermediate size 29e3 (parent * 100%)"].stats.runtime_ms',
        expected: 'a finite number of at least 0',
        found: 'NaN',
      },
    ],
    [
      'a negative cost',
      (data) => {
        data['layer_1']![NO_OP]!.stats['memory_mib'] = -3;
        return data;
      },
      { path: `layer_1[${JSON.stringify(NO_OP)}].stats.memory_mib`, expected: 'a finite number of at least 0', found: '-3' },
    ],
    [
      'an unknown variant',
      (data) => {
        data['layer_0']!['attention = mamba\t&&\tffn = no_op'] = data['layer_0']![NO_OP]!;
        return data;
      },
      {
        path: 'layer_0["attention = mamba\\t&&\\tffn = no_op"]',
        expected: expect.stringContaining('linear | no_op') as unknown as string,
        found: expect.stringContaining('num_kv_heads 0') as unknown as string,
      },
    ],
    [
      'the same variant twice under two names',
      (data) => {
        data['layer_0']![`${NO_OP} again`] = data['layer_0']![NO_OP]!;
        return data;
      },
      { path: `layer_0[${JSON.stringify(`${NO_OP} again`)}].variant`, expected: 'every variant once per layer', found: 'no_op/no_op a second time for layer 0' },
    ],
    [
      'a column that one entry lacks',
      (data) => {
        delete data['layer_1']![NO_OP]!.stats['ffn_num_params'];
        return data;
      },
      { path: `layer_1[${JSON.stringify(NO_OP)}].stats.ffn_num_params`, expected: 'a finite number of at least 0', found: 'nothing' },
    ],
    ['stats of another type', () => ({ layer_0: { a: { stats: 5, metrics: {} } } }), { path: 'layer_0.a.stats', expected: 'an object of numbers', found: '5' }],
    ['no variants', () => ({ layer_0: {} }), { path: 'layer_0', expected: 'at least one variant', found: 'an empty object' }],
  ])('refuses %s', (_, change, details) => {
    const payload = refusal([encode('dir/lib.json', change(demo()))]);
    expect(payload).toMatchObject({ code: 'bad_input', details: { file: 'dir/lib.json', ...details } });
    expect(payload.hint).toContain('Supported are');
  });

  it("refuses a library without the parent's own block in a layer", () => {
    const data = demo();
    const [own] = Object.keys(data['layer_1']!);
    delete data['layer_1']![own!];
    expect(refusal([encode('lib.json', data)]).message).toBe(
      "lib.json: expected the parent's own block kv8/28672 among the choices of layer 1, found only others.",
    );
  });
});

const folder = sharedData('nvlabs-puzzle');
describe.skipIf(folder === undefined)(`the demo of NVlabs (${HOW_TO_GET_SHARED_DATA})`, () => {
  const files = ['block_library.json', 'measurement_info.json', 'parent_block_stats.json', 'LICENSE.txt'];
  const library = folder === undefined ? undefined : importLibrary(files.map((name) => ({ path: name, bytes: readFileSync(`${folder}/${name}`) })));

  it('has the sizes, totals and parent that its notebook prints', () => {
    expect(library?.choices).toHaveLength(1280);
    expect(library?.parent).toMatchObject({ id: 'llama-3.3-70b', num_hidden_layers: 80 });
    const parent = library!.choices.filter(({ variant }) => variant === 'kv8/28672');
    const total = (id: string): number => parent.reduce((sum, { values }) => sum + values[id]!, 0);
    expect(total('memory_mib')).toBe(114_968.75);
    expect(total('runtime_ms')).toBeCloseTo(65_357.79, 2);
    expect(total('num_params')).toBe(68_452_352_000);
    expect(total('kl_div')).toBe(0);
    // 4,700.28 total tokens per second.
    expect((256 * 1200 * 1000) / total('runtime_ms')).toBeCloseTo(4700.28, 2);
  });

  it('shows its oddities as notes and its licence', () => {
    const all = texts(library!);
    expect(all).toContain('that of batch 265, while batch_size says 256');
    expect(all).toContain('In 38 of 1280 choices lm_loss is below the parent');
    expect(all).toMatch(/runtime_ms differs from attention_runtime_ms \+ ffn_runtime_ms in \d+ of 1280 choices, by up to 0\.0147 ms/);
    expect(all).not.toContain('memory_mib differs');
    expect(library?.licence).toContain('non-commercial');
  });

  it('comes back from its own export unchanged', () => {
    expect(importLibrary([{ path: 'l.json', bytes: exportLibrary(library!) }])).toEqual(library);
  });
});
