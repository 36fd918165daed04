/** What the user does to runs. Failures are told; what succeeds shows by itself in the streams. */
import type { CallParams, CallResult } from '../../engine/protocol/api.ts';
import { WorkbenchError, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import type { ExperimentId, Plan, TensorBackend } from '../../engine/protocol/train.ts';
import { runActivity, track } from './activity.ts';
import { engineClient } from './engine_store.ts';
import { saveFile } from './files.ts';
import { switchLibrary } from './library_opener.ts';
import { notify, notifyError } from './notice_store.ts';
import { refreshLibraries } from './refresh.ts';
import { withRunProblem, type FinishedRun } from './train_problem.ts';
import { runStore } from './train_run_store.ts';
import { trainStore } from './train_store.ts';
import { viewStore } from './view_store.ts';

export interface RunWish {
  readonly plan: Plan;
  readonly name: string;
  /** The best there is where undefined. */
  readonly backend?: TensorBackend | undefined;
  readonly processes?: number | undefined;
  /** Id of a run whose work is kept as far as the plan leaves it as it is. */
  readonly from?: string | undefined;
}

export function showTraining(): void {
  viewStore.setState({ screen: 'train' });
}

export function showRun(run: string): void {
  viewStore.setState(({ run: before }) => ({ screen: 'train', run, ...(before !== run && { runPart: undefined }) }));
}

/** Creates a run, starts or queues it and shows it. @returns why that failed, where it did. */
export async function beginRun(wish: RunWish): Promise<ErrorPayload | undefined> {
  try {
    showRun(await track(createAndStart(clientOrThrow(), wish)));
    return undefined;
  } catch (error) {
    return toErrorPayload(error);
  }
}

/** @returns its id. */
export async function createAndStart(client: RpcClient, { plan, name, backend, processes, from }: RunWish): Promise<string> {
  const { id } = await client.call('run.create', { plan, name });
  await client.call('run.start', { ...startOf(id, backend, processes), ...(from !== undefined && { from }) });
  return id;
}

function startOf(id: string, backend: TensorBackend | undefined, processes: number | undefined): CallParams<'run.start'> {
  return { id, ...(backend !== undefined && { backend }), ...(processes !== undefined && { processes }) };
}

/** The quickest way to see everything: the smallest preset as it is. */
export async function beginSample(): Promise<void> {
  await attempt('The sample could not be started', async (client) => {
    const { presets } = await client.call('train.presets', { seed: 1 });
    const preset = presets.find(({ id }) => id === 'smoke') ?? presets[0];
    if (preset === undefined) throw new WorkbenchError('not_found', 'There is no preset to start from.');
    showRun(await createAndStart(client, { plan: preset.plan, name: freeName('Sample parent') }));
  });
}

/** `base`, or with the first number behind it that no run has. */
export function freeName(base: string): string {
  const taken = new Set(trainStore.getState().list?.runs.map(({ name }) => name));
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base} ${number}`)) number += 1;
  return `${base} ${number}`;
}

export async function startRun(id: string): Promise<void> {
  await attempt('The run could not be started', (client) => client.call('run.start', { id }));
}

export async function resumeRun(id: string): Promise<void> {
  await attempt('The run could not be resumed', (client) => client.call('run.resume', { id }));
}

/** Resolves when nothing of it runs any more. */
export async function cancelRun(id: string): Promise<void> {
  await attempt('The run could not be cancelled', (client) => client.call('run.cancel', { id }));
}

/** Adds an experiment to a run that is not under way, and begins it. */
export async function beginExperiment(id: string, experiment: ExperimentId, seeds: number): Promise<void> {
  await attempt('The experiment could not be started', async (client) => {
    await client.call('run.experiment', { id, experiments: [{ id: experiment, seeds }] });
    viewStore.setState({ runPart: undefined });
  });
}

export async function removeRun(id: string): Promise<void> {
  await attempt('The run could not be removed', async (client) => {
    await client.call('run.remove', { id });
    if (viewStore.getState().run === id) viewStore.setState({ run: undefined, runPart: undefined });
  });
}

/** Opens the library that the run measured, with the run's own problem where it is done, and goes where it is searched. */
export async function openRunLibrary(id: string): Promise<void> {
  await attempt('The library could not be opened', async (client) => {
    // Asked for before the screen changes, after which the run is not followed any more.
    const [{ library }, run] = await Promise.all([client.call('run.open_library', { id }), finishedRun(client, id)]);
    await refreshLibraries(client);
    await switchLibrary(library.id, run === undefined ? undefined : (document, opened) => withRunProblem(document, opened, run));
    viewStore.setState({ screen: 'explore', tab: 'frontier' });
    notify({ kind: 'success', title: `Opened ${library.name}`, text: `Its scores and runtimes were measured on this computer.${run === undefined ? '' : ' Objective and limits are those of the run, and its child is pinned; undo leads back.'}` });
  });
}

/** The run on screen, where it has a report. */
async function finishedRun(client: RpcClient, id: string): Promise<FinishedRun | undefined> {
  const { id: shown, view, results } = runStore.getState();
  if (shown !== id || view === undefined) return undefined;
  const { plan, progress } = view;
  const report = results?.report ?? (progress.state === 'done' ? (await client.call('run.report', { id })).report : undefined);
  return report === undefined ? undefined : { name: progress.name, plan, report };
}

export type ExportForm = Omit<CallParams<'run.export'>, 'id'>;
export type RunExport = CallResult<'run.export'>;

/** Where the child's files are, written first where that form is not there yet. */
export async function exportRun(id: string, wish: ExportForm): Promise<RunExport | undefined> {
  let exported: RunExport | undefined;
  await attempt('The child could not be exported', async (client) => {
    exported = await runActivity('Exporting the child', (signal) => client.call('run.export', { id, ...wish }, { signal }));
    const { archive } = exported;
    if (archive === undefined) return;
    const saved = await saveFile(archive.file_name, archive.media_type, new Uint8Array(archive.bytes));
    if (saved !== undefined) notify({ kind: 'success', title: `Saved ${saved}` });
  });
  return exported;
}

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify({ kind: 'success', title: `${what} copied` });
  } catch (error) {
    notifyError(`${what} could not be copied`, error);
  }
}

/** The run on screen where it can be cancelled, or resumed; for commands. */
export function cancellableRun(): string | undefined {
  const { id, view } = runStore.getState();
  if (id === undefined || view === undefined || view.progress.read_only !== undefined) return undefined;
  return view.progress.state === 'running' || view.progress.queued_behind !== undefined ? id : undefined;
}

export function resumableRun(): string | undefined {
  const { id, view } = runStore.getState();
  if (id === undefined || view === undefined) return undefined;
  const { state, queued_behind: queued, read_only: readOnly } = view.progress;
  return readOnly === undefined && queued === undefined && isResumable(state) ? id : undefined;
}

export function isResumable(state: string): boolean {
  return state === 'cancelled' || state === 'interrupted' || state === 'failed';
}

async function attempt(title: string, work: (client: RpcClient) => Promise<unknown>): Promise<void> {
  try {
    await track(work(clientOrThrow()));
  } catch (error) {
    notifyError(title, error);
  }
}

function clientOrThrow(): RpcClient {
  const client = engineClient();
  if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running yet; try again in a moment.', { retryable: true });
  return client;
}
