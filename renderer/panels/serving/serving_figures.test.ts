import { describe, expect, test } from 'vitest';
import { LIGHT } from '../../theme/theme.ts';
import { bandText, bytesText, deviceName, durationText, figureText, priceText } from './figures.ts';
import { groupedTexts } from './grouped_texts.ts';
import { kernelRows, layerParts, stepValue } from './kernel_parts.ts';
import { loadFigure } from './load_figure.ts';
import { memorySplit } from './memory_parts.ts';
import { nextSpot } from './spots.ts';
import { testReport, testServed } from './test_reports.ts';
import { apart, operatingPoint, spotId, spotOf, throughputFigure } from './throughput_figure.ts';

describe('figures', () => {
  test('have four significant digits and a unit of their size', () => {
    expect([figureText(27_118.15), figureText(5372.3), figureText(45.418), figureText(0)]).toEqual(['27,120', '5,372', '45.42', '0']);
    expect([durationText(43.80215), durationText(11_679)]).toEqual(['43.8 ms', '11.7 s']);
    expect([bytesText(72_656_355_328), bytesText(402_653_184), bytesText(163_840), bytesText(0)]).toEqual(['72.7 GB', '0.4 GB', '163.8 kB', '0.0 GB']);
    expect([priceText(4.1296), priceText(0.1551)]).toEqual(['$4.13', '$0.155']);
    expect([bandText({ low: 0.92, high: 1.08 }), bandText({ low: 0.4, high: 1 })]).toEqual(['±8 %', '−60 to +0 %']);
    expect(deviceName('NVIDIA H100 SXM5')).toBe('H100 SXM5');
  });
});

describe('the memory of a device', () => {
  const traffic = { isl: 128, osl: 1024 };

  test('adds up to what it has', () => {
    // 100 sequences of 1,152 tokens of 100,000 bytes.
    const { bytes, total, fits, tokens } = memorySplit(testReport(), traffic);
    expect(bytes).toMatchObject({ weights: 60e9, kv: 11.52e9, reserve: 3e9, activations: 1e9 });
    expect(bytes['kv-free']).toBeCloseTo(18.48e9, 0);
    expect(bytes.unused).toBeCloseTo(6e9, 0);
    expect(total).toBeCloseTo(100e9, 0);
    expect(fits).toBe(true);
    expect(tokens).toBe(300_000);
  });

  test('is exceeded by a batch that was asked for and does not fit', () => {
    const { fits, total, bytes } = memorySplit(testReport({ batch: 400 }), traffic);
    expect(fits).toBe(false);
    expect(bytes.unused).toBe(0);
    expect(total).toBeCloseTo(60e9 + 4e9 + 46.08e9, 0);
  });

  test('has no tokens to count for a model without a cache', () => {
    const report = testReport();
    expect(memorySplit({ ...report, memory: { ...report.memory, kv_bytes_per_token_per_gpu: 0 } }, traffic).tokens).toBeUndefined();
  });
});

describe('kernels', () => {
  const [layer] = testReport().layers;

  test('are summed by kind, and equal ones are one row', () => {
    expect(layerParts(layer!)).toEqual({ gemm: 21, attention: 8, all_reduce: 0, element_wise: 4 });
    expect(kernelRows(layer!).map(({ name, microseconds, times }) => [name, microseconds, times])).toContainEqual(['norm', 4, 2]);
  });

  test('rounding below nothing is nothing', () => {
    expect(stepValue({ ...testReport().step_ms, overhead: -2e-13 }, 'overhead')).toBe(0);
  });
});

describe('plots', () => {
  const served = [testServed('parent'), testServed('other', { provenance: { kind: 'transferred', source: '' } })];
  const options = { unit: 'GPU', logarithmic: false, labels: true };

  test('the throughput plot has a line and a mark for each, what waits left out, and estimates dashed', () => {
    const { figure, spots } = throughputFigure(served, options, LIGHT);
    expect(figure.data.map(({ name }) => name)).toEqual(['parent', 'other', 'parent, batch 100', 'other, batch 100']);
    expect(spots).toHaveLength(6);
    expect(spots[2]).toMatchObject({ line: 'parent', x: 10, y: 1000 });
    expect(figure.data.slice(0, 2).map(({ line }) => (line as { dash: string }).dash)).toEqual(['solid', 'dash']);
    expect(operatingPoint(testReport())).toEqual({ perUser: 10, perGpu: 1000 });
    expect(operatingPoint(testReport({ itl_ms: 0, output_tok_s_per_gpu: 0 }))).toBeUndefined();
  });

  test('the load plot goes on beyond the largest batch, dotted', () => {
    const { figure, spots } = loadFigure(served.slice(0, 1), 'ttft_ms', 1, LIGHT);
    expect(spots).toHaveLength(4);
    const waiting = figure.data.find(({ name }) => name === 'parent, waiting');
    expect(waiting?.['x']).toEqual([2, Math.log10(200)]);
    expect(waiting?.['line']).toMatchObject({ dash: 'dot' });
  });

  test('names of marks do not stand on one another', () => {
    expect(apart([{ x: 0.1, y: 0.5 }, { x: 0.12, y: 0.52 }, { x: 0.12, y: 0.7 }, { x: 0.4, y: 0.5 }])).toEqual([true, false, true, true]);
  });

  test('ids of spots survive ids with blanks', () => {
    expect(spotOf(spotId('model:a b', 12))).toEqual({ served: 'model:a b', place: 12 });
  });

  test('arrow keys go along a line and between lines', () => {
    const spots = [
      { id: 'a 0', line: 'a', x: 3, y: 1 },
      { id: 'a 1', line: 'a', x: 1, y: 2 },
      { id: 'b 0', line: 'b', x: 2.9, y: 5 },
      { id: 'b 1', line: 'b', x: 0, y: 5 },
    ];
    const next = (from: number | undefined, key: string): string | undefined => nextSpot(spots, from === undefined ? undefined : spots[from], key)?.id;
    expect(next(undefined, 'ArrowRight')).toBe('a 0');
    expect(next(1, 'ArrowRight')).toBe('a 0');
    expect(next(0, 'ArrowRight')).toBe('a 0');
    expect(next(0, 'ArrowDown')).toBe('b 0');
    expect(next(2, 'ArrowUp')).toBe('a 0');
    expect(next(0, 'x')).toBeUndefined();
  });
});

test('remarks are said once, with names where they are not about all', () => {
  expect(
    groupedTexts([
      { name: 'A', texts: ['all', 'some'] },
      { name: 'B', texts: ['all'] },
      { name: 'C', texts: ['all', 'some'] },
    ]),
  ).toEqual([
    { text: 'all', names: undefined },
    { text: 'some', names: 'A, C' },
  ]);
});
