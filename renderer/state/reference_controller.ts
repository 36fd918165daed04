/**
 * Gets the reference cases from the engine. What was solved once is kept for as long as the engine states the same
 * problems: their limits are predictions, so that they change with the device, the calibration and the cost model.
 */
import type { EngineClient } from '../../engine/protocol/client.ts';
import { WorkbenchError, isCancelled, toErrorPayload } from '../../engine/protocol/errors.ts';
import type { ReferenceProblem } from '../../engine/protocol/reference.ts';
import { track } from './activity.ts';
import { fetchLibrary } from './library_opener.ts';
import { referenceStore } from './reference_store.ts';

let current: AbortController | undefined;

/** Asks for what is not known yet, in place of any earlier request. Never rejects; the outcome is in the store. */
export async function requestReference(client: EngineClient): Promise<void> {
  current?.abort();
  const mine = (current = new AbortController());
  if (referenceStore.getState().kind !== 'done') referenceStore.setState({ kind: 'solving', problems: [] }, true);
  try {
    await track(load(client, mine.signal));
  } catch (error) {
    const payload = toErrorPayload(error);
    // A lost engine is the connection's matter; the next one is asked again.
    if (mine.signal.aborted || isCancelled(error) || payload.code === 'engine_gone') return;
    referenceStore.setState({ kind: 'failed', error: payload }, true);
  }
}

/** Gives up what is being solved; what was known stays. */
export function cancelReference(): void {
  current?.abort();
  current = undefined;
  if (referenceStore.getState().kind !== 'done') referenceStore.setState({ kind: 'none' }, true);
}

async function load(client: EngineClient, signal: AbortSignal): Promise<void> {
  const { problems } = await client.call('reference.problems', {}, { signal });
  const known = referenceStore.getState();
  if (known.kind === 'done' && sameProblems(known.comparison.answers.map(({ problem }) => problem), problems)) return;
  const [first] = problems;
  if (first === undefined) throw new WorkbenchError('internal', 'The engine states no reference problems.');
  referenceStore.setState({ kind: 'solving', problems }, true);
  const [comparison, library] = await Promise.all([client.call('reference.compare', {}, { signal }), fetchLibrary(client, first.library_id)]);
  if (!signal.aborted) referenceStore.setState({ kind: 'done', comparison, library }, true);
}

function sameProblems(a: readonly ReferenceProblem[], b: readonly ReferenceProblem[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
