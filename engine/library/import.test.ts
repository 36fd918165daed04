import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Library } from '../protocol/library.ts';
import { importLibrary, mayBelong } from './import.ts';
import type { ImportFile } from './import_file.ts';
import { exportLibrary } from './export.ts';

const file = (path: string, value: unknown): ImportFile => ({
  path,
  bytes: value instanceof Uint8Array ? value : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)),
});
function refusal(files: readonly ImportFile[]): WorkbenchError['payload'] {
  try {
    importLibrary(files);
  } catch (error) {
    if (error instanceof WorkbenchError) return error.payload;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Two layers of two variants. */
function tiny(): Library {
  const choice = (layer: number, kvHeads: number, kl: number): Library['choices'][number] => ({
    parent_layers: [layer],
    variant: kvHeads === 0 ? 'no_op/64' : `kv${kvHeads}/64`,
    attention: kvHeads === 0 ? { kind: 'no_op' } : { kind: 'gqa', kv_heads: kvHeads },
    ffn: { kind: 'swiglu', intermediate_size: 64 },
    values: { kl_div: kl, runtime_ms: 1 + kvHeads },
  });
  const provenance = { kind: 'measured', source: 'a test' } as const;
  return {
    format: 'puzzle-workbench/library',
    version: 1,
    name: 'Tiny',
    parent: { name: 'Tiny parent', num_hidden_layers: 2, variants: ['kv2/64', 'kv2/64'] },
    provenance,
    measurements: [{ id: 'm', device: 'h100-sxm', dtypes: {}, batch: 1, sequence: 8, tokens_counted: 'total' }],
    columns: [
      { id: 'kl_div', label: 'KL', unit: 'nats', level: 'block', role: 'score', better: 'lower', summable: true, provenance },
      { id: 'runtime_ms', label: 'Runtime', unit: 'ms', level: 'block', role: 'cost', better: 'lower', summable: true, measurement: 'm', provenance },
    ],
    non_block: [{ measurement: 'm', values: { runtime_ms: 2 } }],
    default_objective: 'kl_div',
    notes: [],
    choices: [choice(0, 2, 0), choice(0, 0, 0.5), choice(1, 2, 0), choice(1, 0, -0.001)],
  };
}

describe('a library of our own format', () => {
  it('is read back as it was written', () => {
    const bytes = exportLibrary(tiny());
    expect(importLibrary([{ path: 'whatever.txt', bytes }])).toEqual(tiny());
    expect(new TextDecoder().decode(bytes).split('\n').filter((line) => line.includes('"parent_layers"'))).toHaveLength(4);
  });

  it.each<[string, (library: Library) => unknown, string, string, string]>([
    ['a layer missing', (l) => ({ ...l, choices: l.choices.slice(0, 2) }), 'choices', 'choices for every parent layer, 0 to 1', 'none for layer 1'],
    ["the parent's own block missing", (l) => ({ ...l, choices: [...l.choices.slice(0, 2), l.choices[3]] }), 'choices', "the parent's own block kv2/64 among the choices of layer 1", 'only others'],
    ['a layer beyond the last', (l) => ({ ...l, choices: [...l.choices, { ...l.choices[0], parent_layers: [2] }] }), 'choices[4].parent_layers', 'layers below 2', '2'],
    ['layers that do not follow', (l) => ({ ...l, choices: [...l.choices, { ...l.choices[0], parent_layers: [1, 0] }] }), 'choices[4].parent_layers', 'consecutive layers in order', '1, 0'],
    ['a variant twice', (l) => ({ ...l, choices: [...l.choices, l.choices[1]] }), 'choices[4].variant', 'every variant once per layer', 'no_op/64 a second time for layer 0'],
    ['a variant that its parts contradict', (l) => ({ ...l, choices: [{ ...l.choices[0], variant: 'kv4/64' }, ...l.choices.slice(1)] }), 'choices[0].variant', 'kv2/64, as its attention (kv2) and FFN (64) say', 'kv4/64'],
    ['an unknown variant', (l) => ({ ...l, choices: [{ ...l.choices[0], variant: 'mamba/64' }, ...l.choices.slice(1)] }), 'choices[0].variant', 'a variant id ATT/FFN, where ATT is kv<n>, linear or no_op and FFN is a width, linear or no_op', 'the text "mamba/64"'],
    ['a NaN cost', (l) => JSON.stringify(l).replace('"runtime_ms":3', '"runtime_ms":NaN'), 'choices[0].values.runtime_ms', 'a finite number', 'NaN'],
    ['a number too large for a double', (l) => JSON.stringify(l).replace('"runtime_ms":3', '"runtime_ms":1e999'), 'choices[0].values.runtime_ms', 'a finite number', 'Infinity'],
    ['a negative cost', (l) => JSON.stringify(l).replace('"runtime_ms":3', '"runtime_ms":-3'), 'choices[0].values.runtime_ms', 'a finite number of at least 0', '-3'],
    ['text for a number', (l) => JSON.stringify(l).replace('"runtime_ms":3', '"runtime_ms":"3"'), 'choices[0].values.runtime_ms', 'number', 'the text "3"'],
    ['a value missing', (l) => JSON.stringify(l).replace(',"runtime_ms":3', ''), 'choices[0].values.runtime_ms', 'a finite number', 'nothing'],
    ['a value of no column', (l) => JSON.stringify(l).replace('"runtime_ms":3', '"runtime_ms":3,"x":1'), 'choices[0].values.x', 'a column of the library', 'no such column'],
    ['a column twice', (l) => ({ ...l, columns: [...l.columns, l.columns[0]] }), 'columns[2].id', 'an id of its own', 'kl_div a second time'],
    ['a measurement that is not there', (l) => ({ ...l, measurements: [] }), 'columns[1].measurement', 'one of the measurements ()', 'm'],
    ['an objective that is not there', (l) => ({ ...l, default_objective: 'x' }), 'default_objective', 'the id of a summable column', 'x'],
    ['too few parent variants', (l) => ({ ...l, parent: { ...l.parent, variants: ['kv2/64'] } }), 'parent.variants', '2 variants, one per layer', '1'],
    ['a later version', (l) => ({ ...l, version: 2 }), 'version', '1', '2'],
    ['a negative cost outside the blocks', (l) => ({ ...l, non_block: [{ values: { runtime_ms: -1 } }] }), 'non_block[0].values.runtime_ms', 'a finite number of at least 0', '-1'],
  ])('is refused with %s', (_, change, path, expected, found) => {
    const payload = refusal([file('dir/lib.json', change(tiny()))]);
    expect(payload).toMatchObject({ code: 'bad_input', details: { file: 'dir/lib.json', path, expected, found } });
    expect(payload.message).toBe(`dir/lib.json, ${path}: expected ${expected}, found ${found}.`);
    expect(payload.hint).toContain('Supported are');
  });
});

describe('files that are no library', () => {
  it.each<[string, ImportFile[], string]>([
    ['nothing', [], 'The folder: expected the JSON files of a block library, found no files.'],
    [
      'a folder without JSON',
      [file('README.md', '#'), file('w.safetensors', 'x')],
      'The folder: expected the JSON files of a block library, found no JSON file among README.md, w.safetensors.',
    ],
    ['a checkpoint', [file('config.json', {}), file('tokenizer.json', {})], 'The folder: expected the JSON files of a block library, found no JSON file among config.json, tokenizer.json.'],
    ['unrelated JSON', [file('a.json', { x: 1 }), file('b.json', [1])], 'a.json: expected a file of a block library, found none in a.json, b.json.'],
    ['one unrelated JSON', [file('a.json', { x: 1 })], 'a.json: expected a block library, found an object with x.'],
    ['a list of numbers', [file('a.json', [1, 2])], 'a.json: expected a block library, found a list of 2.'],
    ['another of our files', [file('project.json', { format: 'puzzle-workbench/project' })], 'project.json: expected a block library, found the format "puzzle-workbench/project".'],
    ['no JSON at all', [file('a.json', 'hello')], 'a.json, line 1, column 1: expected a JSON value, found "hello".'],
    ['an image', [file('a.json', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0]))], 'a.json, byte 4: expected JSON text in UTF-8, found binary data.'],
    ['only the circumstances', [file('measurement_info.json', { batch_size: 1, sequence_length: 2 })], 'measurement_info.json: expected block_library.json beside this file, found none.'],
    ['two libraries', [file('a.json', tiny()), file('b.json', tiny())], 'b.json: expected one library, found another one beside a.json.'],
  ])('%s', (_, files, message) => {
    const payload = refusal(files);
    expect(payload.message).toBe(message);
    expect(payload.hint).toBeTruthy();
  });

  it('200 MB of rubbish is refused unread', () => {
    const payload = refusal([file('small.json', '{}'), { path: 'big.json', bytes: new Uint8Array(200e6) }]);
    expect(payload).toMatchObject({ code: 'too_large', details: { file: 'big.json', expected: 'at most 128.0 MiB' } });
    expect(payload.message).toContain('190.7 MiB');
  });

  it('files that do not matter are not counted', () => {
    const files = [file('lib.json', tiny()), { path: 'model.safetensors', bytes: new Uint8Array(200e6) }];
    expect(importLibrary(files).name).toBe('Tiny');
  });

  it.each([
    ['a/block_library.json', true],
    ['solution_3.json', true],
    ['a/config.json', false],
    ['model.safetensors.index.json', false],
    ['LICENSE.txt', false],
    ['.hidden.json', false],
  ])('mayBelong(%s) is %s', (path, expected) => {
    expect(mayBelong(path)).toBe(expected);
  });
});

describe('damaged files', () => {
  const seeds = [
    new TextDecoder().decode(exportLibrary(tiny())),
    JSON.stringify({ layer_0: { 'attention = 8 kv heads\t&&\tffn = intermediate size 1e3': { stats: { num_kv_heads: 8, ffn_intermediate_size: 64, memory_mib: 1 }, metrics: { kl_div: 0 } } } }),
    JSON.stringify([{ args: { batch_size: 1, prefill_seq_len: 1, generation_seq_len: 1, n_embd: 8 }, non_block: {}, subblocks: [] }]),
  ];
  const damaged = fc.tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '{', ']', '"', 'null', '-1', 'NaN', ',', '\\', '0', '[]', '1e999')), { minLength: 1, maxLength: 4 })).map(([seed, edits]) =>
    edits.reduce((text, [at, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + 1);
    }, seed),
  );

  it('are imported or refused with a code, never with a foreign error', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        try {
          importLibrary([file('x.json', text)]);
        } catch (error) {
          expect(error).toBeInstanceOf(WorkbenchError);
          expect((error as WorkbenchError).payload.details?.file).toBe('x.json');
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('of any JSON value are refused with a code', () => {
    const tempting = fc.constantFrom('layer_0', 'stats', 'metrics', 'args', 'subblocks', 'format', 'choices', 'entries', 'parent_layer_indices', 'puzzle_solution', 'single_sequence_replacement', 'child_block_configs', 'avg');
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 6 }, fc.jsonValue({ maxDepth: 1 }), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(tempting, tie('tree'), { maxKeys: 4 })),
    }));
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), (values) => {
        try {
          importLibrary(values.map((value, index) => file(`${index}.json`, value)));
        } catch (error) {
          expect(error).toBeInstanceOf(WorkbenchError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
