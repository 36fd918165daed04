/** What the engine says about training as a whole: runs of the project, ready-made plans, and what would compute them. */
import { createStore } from 'zustand/vanilla';
import type { EngineClient } from '../../engine/protocol/client.ts';
import { toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { RunList, RunSummary, TrainDevices, TrainPreset } from '../../engine/protocol/train_api.ts';
import { track } from './activity.ts';
import { notify } from './notice_store.ts';
import { share } from './train_share.ts';

export type Asked<T> =
  | { readonly kind: 'unasked' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export interface TrainState {
  /** Undefined until the engine sent it. */
  readonly list: RunList | undefined;
  readonly listError: ErrorPayload | undefined;
  readonly presets: Asked<readonly TrainPreset[]>;
  /** Asked for when somebody looks: it starts a process. */
  readonly devices: Asked<TrainDevices>;
}

const NOTHING: TrainState = { list: undefined, listError: undefined, presets: { kind: 'unasked' }, devices: { kind: 'unasked' } };

export const trainStore = createStore<TrainState>(() => NOTHING);

/** Follows the list of runs of a new engine, and says when one ended. */
export function followRuns(client: EngineClient): void {
  trainStore.setState({ presets: NOTHING.presets, devices: NOTHING.devices, listError: undefined });
  client.subscribe(
    'runs',
    {},
    {
      onEvent: (list) => {
        const before = trainStore.getState().list;
        for (const run of list.runs) announce(before?.runs.find(({ id }) => id === run.id), run);
        trainStore.setState({ list: share(before, list), listError: undefined });
      },
      // A lost engine is the connection's matter.
      onError: ({ payload }) => payload.code !== 'engine_gone' && trainStore.setState({ listError: payload }),
    },
  );
}

/** The end of a run is worth a word wherever the user is. */
function announce(before: RunSummary | undefined, { name, state }: RunSummary): void {
  if (before?.state !== 'running' || state === 'running') return;
  if (state === 'done') notify({ kind: 'success', title: `${name} is done` });
  else if (state === 'failed') notify({ kind: 'warning', title: `${name} failed`, text: 'Its step says why, under Train.' });
}

export function askPresets(client: EngineClient): void {
  if (isAskedFor(trainStore.getState().presets)) return;
  trainStore.setState({ presets: { kind: 'asking' } });
  void settle('presets', client.call('train.presets', { seed: 1 }).then(({ presets }) => presets));
}

/** @param again Looks once more, as after something was installed. */
export function askDevices(client: EngineClient, again = false): void {
  if (!again && isAskedFor(trainStore.getState().devices)) return;
  trainStore.setState({ devices: { kind: 'asking' } });
  void settle('devices', client.call('train.devices', { again }));
}

function isAskedFor({ kind }: Asked<unknown>): boolean {
  return kind === 'asking' || kind === 'known';
}

async function settle<T>(what: 'presets' | 'devices', answer: Promise<T>): Promise<void> {
  try {
    const value = await track(answer);
    trainStore.setState({ [what]: { kind: 'known', value } });
  } catch (error) {
    trainStore.setState({ [what]: { kind: 'failed', error: toErrorPayload(error) } });
  }
}

export function knownOf<T>(asked: Asked<T>): T | undefined {
  return asked.kind === 'known' ? asked.value : undefined;
}

/** The run that computes now, if any. */
export function runUnderWay({ list }: Pick<TrainState, 'list'>): RunSummary | undefined {
  return list?.runs.find(({ state, read_only: elsewhere }) => state === 'running' && elsewhere === undefined) ?? list?.runs.find(({ state }) => state === 'running');
}
