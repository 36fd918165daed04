/** Plans for what a component wants, with whether they answer just that. */
import { useLayoutEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { PlanRequestInput } from '../../../engine/protocol/plan.ts';
import { engineClient, engineStore } from '../../state/engine_store.ts';
import { PlanSet, plansKey, type Plans } from '../../state/planner_plans.ts';

export interface UsedPlans {
  readonly shown: Plans;
  /** False while what is shown answers an earlier question. */
  readonly current: boolean;
  /** Asks once more, after a failure. */
  readonly again: () => void;
}

/**
 * @param wanted asked for whenever its content changes
 * @param tables devices and calibrations that the engine computes with, by identity
 */
export function usePlans(wanted: readonly PlanRequestInput[], tables: unknown): UsedPlans {
  const [set] = useState(() => new PlanSet());
  const connection = useStore(engineStore, (state) => state.connection);
  const { answers, shown } = useStore(set.store);
  const key = plansKey(wanted);
  // Before painting: what is remembered should not flicker.
  useLayoutEffect(() => {
    set.want(wanted, connection.kind === 'ready' ? connection.client : undefined, tables);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says all that is wanted
  }, [set, key, connection, tables]);
  useLayoutEffect(() => () => set.stop(), [set]);
  const again = (): void => {
    set.stop();
    set.want(wanted, engineClient(), tables);
  };
  return { shown, current: answers === key, again };
}
