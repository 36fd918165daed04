/** Totals that follow from shapes alone, for comparisons with architectures that the library has no costs for. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { track } from '../../state/activity.ts';
import { engineClient, engineStore, type OpenLibrary } from '../../state/engine_store.ts';
import { notifyError } from '../../state/notice_store.ts';
import { childOf, type Side } from './sides.ts';

export type ShapeTotals = Readonly<Record<'num_params' | 'kv_bytes_per_token_fp8', number>>;

/** Undefined while unknown or not `wanted`. */
export function useShapes(side: Side, library: OpenLibrary, wanted: boolean): ShapeTotals | undefined {
  const [answer, setAnswer] = useState<{ readonly key: string; readonly totals: ShapeTotals }>();
  const connection = useStore(engineStore, (state) => state.connection);
  const child = wanted ? childOf(side, library) : undefined;
  const key = child === undefined ? '' : JSON.stringify(child);
  useEffect(() => {
    const client = engineClient();
    if (key === '' || client === undefined || connection.kind !== 'ready') return;
    const abort = new AbortController();
    track(client.call('child.shape', { child: JSON.parse(key) }, { signal: abort.signal })).then(
      ({ num_params, kv_bytes_per_token_fp8 }) => setAnswer({ key, totals: { num_params, kv_bytes_per_token_fp8 } }),
      (error: unknown) => notifyError('The totals of an architecture could not be counted', error),
    );
    return () => abort.abort();
  }, [key, connection]);
  return answer?.key === key ? answer.totals : undefined;
}
