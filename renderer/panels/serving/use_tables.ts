/** Devices, calibrations and models that the Serving view offers, read again here where starting up could not. */
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../../engine/protocol/errors.ts';
import type { Calibration, Device } from '../../../engine/protocol/hardware.ts';
import { track } from '../../state/activity.ts';
import { engineStore } from '../../state/engine_store.ts';
import { hardwareStore, refreshHardware } from '../../state/hardware_store.ts';
import type { ServedModel } from '../../state/serving_subjects.ts';

export interface HardwareTables {
  readonly devices: readonly Device[];
  readonly calibrations: readonly Calibration[];
  /** Presets, released children and the project's own. */
  readonly models: readonly ServedModel[];
}

export type TablesState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly tables: HardwareTables }
  | { readonly kind: 'failed'; readonly error: ErrorPayload; readonly retry: () => void };

export function useTables(): TablesState {
  const { loaded, devices, calibrations, presets, models } = useStore(hardwareStore);
  const references = useStore(engineStore, (state) => state.references);
  const connection = useStore(engineStore, (state) => state.connection);
  const [error, setError] = useState<ErrorPayload>();
  useEffect(() => {
    if (loaded || error !== undefined || connection.kind !== 'ready') return;
    track(refreshHardware(connection.client)).catch((thrown: unknown) => {
      const payload = toErrorPayload(thrown);
      // A lost engine is the connection's matter; the next one is asked again.
      if (!isCancelled(thrown) && payload.code !== 'engine_gone') setError(payload);
    });
  }, [loaded, error, connection]);
  const tables = useMemo(() => {
    const all = [...presets, ...references, ...models].map(({ id, name }) => ({ id, name }));
    return { devices, calibrations, models: [...new Map(all.map((model) => [model.id, model])).values()] };
  }, [devices, calibrations, presets, references, models]);
  if (loaded) return { kind: 'ready', tables };
  return error === undefined ? { kind: 'loading' } : { kind: 'failed', error, retry: () => setError(undefined) };
}
