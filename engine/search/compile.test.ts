import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { compile } from './compile.ts';
import { fixtureColumn, fixtureView } from './library_fixture.ts';
import { sumOver } from './numeric_problem.ts';
import { costsOf } from './totals.ts';

const columns = [
  fixtureColumn('kl_div', { role: 'score' }),
  fixtureColumn('accuracy', { role: 'score', better: 'higher' }),
  fixtureColumn('memory_mib'),
  fixtureColumn('runtime_ms'),
  fixtureColumn('arity', { summable: false, role: 'descriptor' }),
];
const values = (kl: number, accuracy: number, memory: number, runtime: number): Record<string, number> => ({
  kl_div: kl,
  accuracy,
  memory_mib: memory,
  runtime_ms: runtime,
  arity: 1,
});
const choices = [
  { layer: 0, values: values(0, 5, 100, 10) },
  { layer: 0, values: values(1, 3, 40, 4) },
  { layer: 0, lastLayer: 1, values: values(0.5, 9, 60, 5) },
  { layer: 1, values: values(0, 6, 100, 10) },
  { layer: 1, values: values(2, 2, 30, 3) },
];
const measured = {
  non_block: [{ measurement: 'm', values: { memory_mib: 7, runtime_ms: 2 } }],
  measurement: { batch: 4, isl: 100, osl: 50 },
};
const view = fixtureView(2, columns, choices, measured);

function refusal(limits: Parameters<typeof compile>[1]['limits'], objective = 'kl_div', library = view): WorkbenchError {
  try {
    compile(library, { objective, limits });
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('a stated problem as numbers', () => {
  test('upper limits lose what is outside the blocks, lower ones change sign as well', () => {
    const { numeric } = compile(view, { objective: 'kl_div', limits: [{ column: 'memory_mib', max: 150, min: 60 }] });
    const [upper, lower] = numeric.rows;
    expect(upper.bound).toBe(143);
    expect(lower.bound).toBe(-53);
    expect([...upper.coef]).toEqual([100, 40, 60, 100, 30]);
    expect([...lower.coef]).toEqual([-100, -40, -60, -100, -30]);
  });

  test('blocks that replace several layers stand at their first one and say where they end', () => {
    const { numeric } = compile(view, { objective: 'kl_div', limits: [] });
    expect([...numeric.groupStart]).toEqual([0, 3, 5]);
    expect([...(numeric.last ?? [])]).toEqual([0, 0, 1, 1, 1]);
  });

  test('locks and bans leave choices out, of one layer or of all', () => {
    const named = fixtureView(
      2,
      columns,
      [0, 1].flatMap((layer) => ['kv8/1024', 'kv4/1024', 'no_op/1024'].map((variant) => ({ layer, variant, values: values(0, 1, 1, 1) }))),
      measured,
    );
    const kept = (stated: Partial<Parameters<typeof compile>[1]>): string[] =>
      Array.from(compile(named, { objective: 'kl_div', limits: [], ...stated }).choices, (c) => `${named.first_layer[c]} ${named.variants[named.variant[c]].id}`);
    expect(kept({ locks: [{ layer: 1, variant: 'kv4/1024' }] })).toEqual(['0 kv8/1024', '0 kv4/1024', '0 no_op/1024', '1 kv4/1024']);
    expect(kept({ bans: [{ variant: 'kv4/1024' }, { layer: 0, variant: 'no_op/1024' }] })).toEqual(['0 kv8/1024', '1 kv8/1024', '1 no_op/1024']);
    const attention = compile(named, { objective: 'kl_div', limits: [{ column: 'attention_layers', max: 1 }] });
    expect([...attention.numeric.rows[0].coef]).toEqual([1, 1, 0, 1, 1, 0]);
    expect(() => kept({ locks: [{ layer: 1, variant: 'kv2/1024' }] })).toThrow('Layer 1 is locked to kv2/1024');
    expect(() => kept({ bans: [{ variant: 'kv8/1024' }, { variant: 'kv4/1024' }, { variant: 'no_op/1024' }] })).toThrow('may cover layer 0');
    expect(() => kept({ locks: [{ layer: 2, variant: 'kv8/1024' }] })).toThrow('no layer 2');
  });

  test('a weighted objective counts columns of the other direction negatively', () => {
    const { numeric, objectiveOf } = compile(view, { objective: 'kl_div + 0.5*accuracy', limits: [] });
    const index = (id: string): number => columns.findIndex((column) => column.id === id);
    for (const [c, cost] of numeric.cost.entries()) expect(cost).toBe(view.values[index('kl_div')][c] - 0.5 * view.values[index('accuracy')][c]);
    expect(objectiveOf(3)).toBe(3);
    expect(() => compile(view, { objective: 'kl_div + -1*accuracy', limits: [] })).toThrow('-1*accuracy');
  });

  test('an objective that is better when higher is minimised negated and reported as it is', () => {
    const { numeric, objectiveOf } = compile(view, { objective: 'accuracy', limits: [] });
    expect([...numeric.cost]).toEqual([-5, -3, -9, -6, -2]);
    expect(objectiveOf(-11)).toBe(11);
  });

  test('throughput limits become runtime limits, with the runtime outside the blocks counted', () => {
    // 4 * 150 tokens in 20 ms are 30,000 tok/s; 2 ms of the 20 are not in blocks.
    const { numeric, limits } = compile(view, { objective: 'kl_div', limits: [{ column: 'total_tok_s', min: 30_000 }] });
    expect(numeric.rows[0].bound).toBeCloseTo(18, 12);
    expect(sumOver(numeric.rows[0].coef, Int32Array.of(0, 3))).toBe(20);
    expect(limits[0].valueOf(18)).toBeCloseTo(30_000, 9);
    // 4 * 50 generated tokens in 20 ms are 10,000 tok/s; at most that many means at least 20 ms.
    const output = compile(view, { objective: 'kl_div', limits: [{ column: 'output_tok_s', max: 10_000 }] });
    expect(output.numeric.rows[0].bound).toBeCloseTo(-18, 12);
    expect(output.numeric.rows[0].coef[0]).toBe(-10);
  });

  test('totals hold every summable column and both throughputs', () => {
    const first = view.first_layer.indexOf(0);
    const second = view.first_layer.indexOf(1);
    expect(costsOf(view, [first, second])).toEqual({
      kl_div: 0,
      accuracy: 11,
      memory_mib: 207,
      runtime_ms: 22,
      attention_layers: 2,
      total_tok_s: (600 / 22) * 1000,
      output_tok_s: (200 / 22) * 1000,
    });
  });
});

describe('refusals say what to do', () => {
  test('a column that does not exist', () => {
    const error = refusal([{ column: 'memory', max: 1 }]);
    expect(error.payload.code).toBe('bad_input');
    expect(error.message).toContain('"memory"');
    expect(error.payload.hint).toContain('memory_mib');
  });

  test('a column whose sum means nothing, as limit and as objective', () => {
    expect(refusal([{ column: 'arity', max: 1 }]).message).toContain('"arity"');
    expect(refusal([], 'arity').message).toContain('"arity"');
  });

  test('a lower limit above the upper one', () => {
    expect(refusal([{ column: 'memory_mib', min: 3, max: 2 }]).message).toContain('memory_mib');
  });

  test('throughput without a measurement, and generated tokens without a split', () => {
    const bare = fixtureView(2, columns, choices);
    expect(refusal([{ column: 'total_tok_s', min: 1 }], 'kl_div', bare).message).toContain('total_tok_s');
    const whole = fixtureView(2, columns, choices, { measurement: { batch: 4, sequence: 150 } });
    expect(compile(whole, { objective: 'kl_div', limits: [{ column: 'total_tok_s', min: 30_000 }] }).numeric.rows[0].bound).toBeCloseTo(20, 12);
    expect(refusal([{ column: 'output_tok_s', min: 1 }], 'kl_div', whole).payload.hint).toContain('total_tok_s');
    expect(refusal([{ column: 'total_tok_s', min: 0 }]).message).toContain('above 0');
  });

  test('a layer that no block covers is named', () => {
    const spans = fixtureView(2, columns, choices.filter((choice) => choice.layer !== 1 && choice.lastLayer === undefined));
    expect(refusal([], 'kl_div', spans).message).toContain('layer 1');
  });
});
