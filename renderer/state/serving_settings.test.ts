import { beforeEach, expect, test } from 'vitest';
import { changeDocument, documentStore, undo } from './document_store.ts';
import { changeDeployment, changeTraffic, defaultServing, usesOwnCalibration, setServing, withDevice } from './serving_settings.ts';
import { servedSubjects } from './serving_subjects.ts';
import { testLibrary } from './test_library.ts';
import type { LibraryView, Measurement } from '../../engine/protocol/library.ts';
import type { Pin } from '../../engine/protocol/workspace.ts';

const devices = [{ id: 'h100-sxm' }, { id: 'a100-sxm-80' }];

function measured(change: Partial<Measurement>): LibraryView {
  const { view } = testLibrary();
  const measurement: Measurement = { id: 'm', device: 'h100-sxm', dtypes: {}, tokens_counted: 'total', ...change };
  return { ...view, header: { ...view.header, measurements: [measurement] } };
}

beforeEach(() => changeDocument('', (document) => ({ ...document, serving: undefined, pins: [] })));

test('serving begins as the library was first measured', () => {
  const { deployment, traffic } = defaultServing(measured({ device: 'a100-sxm-80', dtypes: { weights: 'BF16', activations: 'bf16', kv: 'int8' }, tp: 4, isl: 2048, osl: 64 }), devices);
  expect(deployment).toMatchObject({ device: 'a100-sxm-80', weights: 'bf16', activations: 'bf16', kv: 'int8', tp: 4, pp: 1, dp: 1, kv_head_cliff: true });
  expect(traffic).toEqual({ isl: 2048, osl: 64 });
});

test('what the library does not say, or in unknown words, falls back', () => {
  const { deployment, traffic } = defaultServing(measured({ device: 'a toaster', dtypes: { weights: 'ternary' }, sequence: 1152 }), devices);
  expect(deployment).toMatchObject({ device: 'h100-sxm', weights: 'fp8', activations: 'fp8', kv: 'fp8', tp: 1 });
  expect(traffic).toEqual({ isl: 128, osl: 1024 });
  const { view } = testLibrary();
  expect(defaultServing({ ...view, header: { ...view.header, measurements: [] } }, devices).deployment.device).toBe('h100-sxm');
});

test('changes are undone one by one, those of a gesture together', () => {
  const first = defaultServing(measured({}), devices);
  const now = () => documentStore.getState().document.serving ?? first;
  setServing('Serve on A100', withDevice({ ...first, deployment: { ...first.deployment, calibration: 'of-the-h100' } }, 'a100-sxm-80'));
  expect(now().deployment).toMatchObject({ device: 'a100-sxm-80', calibration: undefined });
  for (const isl of [192, 256, 320]) changeTraffic('Prompt length', now(), { isl }, 'held key');
  changeDeployment('Serve with TP 2', now(), { tp: 2 });
  undo();
  expect(now()).toMatchObject({ deployment: { tp: 1 }, traffic: { isl: 320 } });
  undo();
  expect(now()).toMatchObject({ deployment: { device: 'a100-sxm-80' }, traffic: { isl: 128 } });
  undo();
  expect(documentStore.getState().document.serving).toBeUndefined();
});

test("the device's own constants are told from carried over ones", () => {
  const calibrations = [{ id: 'a', device: 'h100-sxm' }];
  expect(usesOwnCalibration({ device: 'h100-sxm' }, calibrations)).toBe(true);
  expect(usesOwnCalibration({ device: 'h100-sxm', calibration: 'a' }, calibrations)).toBe(true);
  expect(usesOwnCalibration({ device: 'a100-sxm-80', calibration: 'a' }, calibrations)).toBe(false);
  expect(usesOwnCalibration({ device: 'a100-sxm-80' }, calibrations)).toBe(false);
});

test('child, parent, pins and presets can be served; pins of other libraries cannot', () => {
  const library = testLibrary();
  const pin = (id: string, change: Partial<Extract<Pin, { kind: 'in_library' }>>): Pin => ({
    kind: 'in_library', id, name: id, created_at: '', origin: 'solution', library_id: 'test', objective: 'kl_div',
    blocks: [0, 1].map((layer) => ({ parent_layers: [layer], variant: 'kv8/32', attention: { kind: 'gqa', kv_heads: 8 }, ffn: { kind: 'swiglu', intermediate_size: 32 } })),
    ...change,
  });
  const { served, elsewhere } = servedSubjects(library, [1, 3], [pin('here', {}), pin('foreign', { library_id: 'other' })], [{ id: 'llama-3.1-8b', name: 'Llama 8B' }]);
  expect(served.map(({ id, kind, index }) => [id, kind, index])).toEqual([['current', 'current', 0], ['parent', 'parent', 0], ['here', 'pin', 0], ['model:llama-3.1-8b', 'model', 0]]);
  expect(served.map(({ subject }) => subject)).toEqual([
    { kind: 'in_library', library_id: 'test', choices: [1, 3] },
    { kind: 'in_library', library_id: 'test', choices: [0, 3] },
    { kind: 'in_library', library_id: 'test', choices: [1, 4] },
    { kind: 'model', id: 'llama-3.1-8b' },
  ]);
  expect(elsewhere).toEqual([{ name: 'foreign', reason: 'a child of another library' }]);
  expect(servedSubjects(library, undefined, [], []).served.map(({ id }) => id)).toEqual(['parent']);
});
