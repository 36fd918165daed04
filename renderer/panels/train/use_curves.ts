/** The curves of a step; the same list as long as none of them changed. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { StepKind } from '../../../engine/protocol/train.ts';
import { curvesOf, type Curve } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';

const NONE: ReadonlyMap<string, Curve> = new Map();

export function useCurves(step: StepKind): readonly Curve[] {
  const curves = useStore(runStore, ({ view }) => view?.curves ?? NONE);
  return useMemo(() => curvesOf(curves, step), [curves, step]);
}
