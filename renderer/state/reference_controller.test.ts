import { beforeEach, expect, test, vi } from 'vitest';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import type { ReferenceComparison } from '../../engine/protocol/reference.ts';
import { forgetLibraries } from './library_opener.ts';
import { cancelReference, requestReference } from './reference_controller.ts';
import { referenceStore } from './reference_store.ts';
import { testComparison } from './reference_test_case.ts';
import { PlayedClient } from './test_client.ts';
import { testLibrary } from './test_library.ts';

let client: PlayedClient;
let comparison: ReferenceComparison;
const kind = () => referenceStore.getState().kind;
const compared = () => client.calls.filter(({ name }) => name === 'reference.compare').length;

beforeEach(() => {
  cancelReference();
  forgetLibraries();
  referenceStore.setState({ kind: 'none' }, true);
  comparison = testComparison();
  client = new PlayedClient();
  const library = testLibrary();
  client.answer = (name) => {
    if (name === 'reference.problems') return { problems: comparison.answers.map(({ problem }) => problem) };
    if (name === 'reference.compare') return comparison;
    if (name === 'library.view') return library.view;
    return name === 'library.ranges' ? { ranges: library.ranges } : library.parent;
  };
});

test('states the problems first, then the answers', async () => {
  const seen: string[] = [];
  const stop = referenceStore.subscribe((state) => seen.push(state.kind === 'solving' ? `${state.problems.length} problems` : state.kind));
  await requestReference(client);
  stop();
  expect(seen).toEqual(['0 problems', '2 problems', 'done']);
  expect(referenceStore.getState()).toMatchObject({ comparison, library: { view: { id: 'test' } } });
});

test('solves again only where the problems have changed', async () => {
  await requestReference(client);
  await requestReference(client);
  expect(compared()).toBe(1);
  const [first, ...rest] = comparison.answers;
  comparison = { ...comparison, answers: [{ ...first!, problem: { ...first!.problem, workload: { ...first!.problem.workload, limits: [{ column: 'output_tok_s', min: 101 }] } } }, ...rest] };
  await requestReference(client);
  expect(compared()).toBe(2);
  expect(referenceStore.getState()).toMatchObject({ kind: 'done', comparison });
});

test('says why it failed, and can be asked again', async () => {
  const { answer } = client;
  client.answer = (name, params) => {
    if (name === 'reference.compare') throw new WorkbenchError('bad_input', 'The device is too small.');
    return answer(name, params);
  };
  await requestReference(client);
  expect(referenceStore.getState()).toMatchObject({ kind: 'failed', error: { message: 'The device is too small.' } });
  client.answer = answer;
  await requestReference(client);
  expect(kind()).toBe('done');
});

test('leaves a lost engine to the connection', async () => {
  client.answer = () => {
    throw new WorkbenchError('engine_gone', 'Gone.');
  };
  await requestReference(client);
  expect(kind()).toBe('solving');
});

test('given up, shows nothing of what comes later', async () => {
  const { answer } = client;
  let release = (): void => undefined;
  client.answer = (name, params) => (name === 'reference.compare' ? new Promise((resolve) => (release = () => resolve(comparison))) : answer(name, params));
  const request = requestReference(client);
  await vi.waitFor(() => expect(compared()).toBe(1));
  cancelReference();
  expect(kind()).toBe('none');
  release();
  await request;
  expect(kind()).toBe('none');
});
