/** Reports for what a component wants, with whether they answer just that. */
import { useLayoutEffect, useState } from 'react';
import { useStore } from 'zustand';
import { engineStore } from '../../state/engine_store.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { ReportSet, reportsKey, type AnsweredReport, type WantedReport } from '../../state/serving_reports.ts';

export interface Reports {
  /** Empty until the first ones are all there. */
  readonly shown: readonly AnsweredReport[];
  /** False while what is shown answers an earlier question. */
  readonly current: boolean;
}

/** @param wanted asked for whenever its content changes */
export function useReports(wanted: readonly WantedReport[]): Reports {
  const [set] = useState(() => new ReportSet());
  const connection = useStore(engineStore, (state) => state.connection);
  const hardware = useStore(hardwareStore);
  const { answers, shown } = useStore(set.store);
  const key = reportsKey(wanted);
  // Before painting: what is remembered should not flicker.
  useLayoutEffect(() => {
    set.want(wanted, connection.kind === 'ready' ? connection.client : undefined, hardware);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says all that is wanted
  }, [set, key, connection, hardware]);
  useLayoutEffect(() => () => set.stop(), [set]);
  return { shown, current: answers === key };
}
