import { describe, expect, test } from 'vitest';
import type { Residual } from '../../../engine/protocol/hardware_api.ts';
import { LIGHT } from '../../theme/theme.ts';
import { residualFigure } from './residual_figure.ts';

const residual = (kernel: string, of: string, measured_s: number, fitted_s: number): Residual => ({ kernel, of, label: 'm 1', measured_s, fitted_s });

describe('residuals', () => {
  test('are one trace per kernel and format, as microseconds and the ratio of fitted to measured', () => {
    const [line, ...traces] = residualFigure([residual('gemm', 'fp8', 1e-6, 2e-6), residual('gemm', 'bf16', 4e-6, 4e-6), residual('gemm', 'fp8', 2e-6, 1e-6)], LIGHT).data;
    expect(line).toMatchObject({ x: [1, 4], y: [1, 1] });
    expect(traces).toMatchObject([
      { name: 'Matrix product, FP8', x: [1, 2], y: [2, 0.5] },
      { name: 'Matrix product, BF16', x: [4], y: [1] },
    ]);
  });

  test('keep an axis that is even around 1, however far a stray is off', () => {
    const many = Array.from({ length: 400 }, (_, index) => residual('all_reduce', '4', 1e-5, index === 0 ? 1 : 1.05e-5));
    const { range } = residualFigure(many, LIGHT).layout['yaxis'] as { range: readonly [number, number] };
    expect(range[0]).toBeCloseTo(-range[1], 12);
    expect(10 ** range[1]).toBeCloseTo(1.25, 12);
  });

  test('leave out what has no ratio', () => {
    expect(residualFigure([residual('gemm', 'fp8', 0, 1e-6)], LIGHT).data).toHaveLength(1);
  });
});
