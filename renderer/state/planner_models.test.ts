import { expect, test } from 'vitest';
import { architectureSchema, type ModelShape, type ParentModel } from '../../engine/protocol/variant.ts';
import type { Pin } from '../../engine/protocol/workspace.ts';
import { plannerModels, type PlannerSources } from './planner_models.ts';
import { testLibrary } from './test_library.ts';

const shape: ModelShape = { hidden_size: 64, num_attention_heads: 8, head_dim: 8, vocab_size: 100, tie_word_embeddings: false };
const tiny: ParentModel = { id: 'tiny', name: 'Tiny', shape, num_hidden_layers: 2, num_key_value_heads: 8, intermediate_size: 64, source: 'made up' };
const sources: PlannerSources = { library: testLibrary(), choices: [1, 5], pins: [], presets: [tiny], references: [{ id: 'child', name: 'A child' }], models: [] };
const ids = (more: Partial<PlannerSources> = {}): readonly string[] => plannerModels({ ...sources, ...more }).map(({ id }) => id);

test('the child on screen, its parent, PaLM and presets, in groups', () => {
  expect(ids()).toEqual(['current', 'parent', 'preset:palm-8b', 'preset:palm-62b', 'preset:palm-540b', 'preset:tiny', 'preset:child']);
  const [current] = plannerModels(sources);
  const architecture = architectureSchema.parse(current?.model);
  expect(architecture.blocks.map(({ variant }) => variant)).toEqual(['kv8/32', 'no_op/no_op']);
  // The library does not say its parent's shape: the preset that its layers fit does.
  expect(architecture.shape).toEqual(shape);
});

test('children of a library of unknown shape are left out; the rest stays', () => {
  expect(ids({ presets: [] })).toEqual(['preset:palm-8b', 'preset:palm-62b', 'preset:palm-540b', 'preset:child']);
});

test('pins of this library and external ones can be planned, pins of another library cannot', () => {
  const pin = { created_at: '', kind: 'in_library', origin: 'solution', objective: 'kl_div', blocks: architectureSchema.parse(plannerModels(sources)[1]?.model).blocks } as const;
  const external = { id: 'e', name: 'E', created_at: '', kind: 'external' as const, architecture: architectureSchema.parse(plannerModels(sources)[0]?.model), reasons: [] } satisfies Pin;
  const found = ids({ pins: [{ ...pin, id: 'a', name: 'A', library_id: 'test' }, { ...pin, id: 'b', name: 'B', library_id: 'other' }, external] });
  expect(found.filter((id) => id.startsWith('pin:'))).toEqual(['pin:a', 'pin:e']);
});

test('a model of the project goes along whole, since the engine knows the product’s ids alone', () => {
  const own = plannerModels({ ...sources, models: [{ ...tiny, id: 'mine', num_hidden_layers: 3 }] }).at(-1);
  expect(own?.id).toBe('model:mine');
  expect(architectureSchema.parse(own?.model).blocks.map(({ variant }) => variant)).toEqual(['kv8/64', 'kv8/64', 'kv8/64']);
});
