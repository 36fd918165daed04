/** What serving a parent costs, asked for a moment after the last change; the answer before stays until the next is there. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { CostReport, DeploymentInput } from '../../../engine/protocol/cost.ts';
import type { CostSubject } from '../../../engine/protocol/cost_api.ts';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../../engine/protocol/errors.ts';
import { track } from '../../state/activity.ts';
import { engineClient, engineStore } from '../../state/engine_store.ts';

const ASK_AFTER_MS = 150;

export interface ParentCost {
  readonly report: CostReport | undefined;
  readonly error: ErrorPayload | undefined;
  /** What is shown answers an earlier question. */
  readonly stale: boolean;
}

/** Undefined where there is nothing to ask about yet. */
export interface CostQuestion {
  readonly subject: CostSubject;
  readonly deployment: DeploymentInput;
  readonly traffic: { readonly isl: number; readonly osl: number };
}

export function useParentCost(question: CostQuestion | undefined): ParentCost {
  const connected = useStore(engineStore, (state) => state.connection.kind === 'ready');
  const [known, setKnown] = useState<{ readonly key: string; readonly report?: CostReport; readonly error?: ErrorPayload }>();
  const key = question === undefined ? undefined : JSON.stringify(question);
  useEffect(() => {
    if (key === undefined || !connected) return undefined;
    const abort = new AbortController();
    const asked = JSON.parse(key) as CostQuestion;
    const ask = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, ASK_AFTER_MS));
      const client = engineClient();
      if (abort.signal.aborted || client === undefined) return;
      try {
        setKnown({ key, report: await client.call('cost.report', asked, { signal: abort.signal }) });
      } catch (error) {
        if (!isCancelled(error)) setKnown({ key, error: toErrorPayload(error) });
      }
    };
    void track(ask());
    return () => abort.abort();
  }, [key, connected]);
  if (key === undefined) return { report: undefined, error: undefined, stale: false };
  return { report: known?.report, error: known?.error, stale: known?.key !== key };
}
