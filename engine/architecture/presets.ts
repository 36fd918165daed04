/**
 * The parents and released children that come with the product, from `assets/parents` and `assets/architectures`,
 * where each names its sources. Released children are stored as runs of equal consecutive layers.
 */
import { z } from 'zod';
import minitron4bDepth from '../../assets/architectures/minitron-4b-depth.json' with { type: 'json' };
import minitron4bWidth from '../../assets/architectures/minitron-4b-width.json' with { type: 'json' };
import nemotron51b from '../../assets/architectures/nemotron-51b.json' with { type: 'json' };
import nemotronSuper49b from '../../assets/architectures/nemotron-super-49b.json' with { type: 'json' };
import nemotronUltra253b from '../../assets/architectures/nemotron-ultra-253b.json' with { type: 'json' };
import llama31Of405b from '../../assets/parents/llama-3.1-405b.json' with { type: 'json' };
import llama31Of70b from '../../assets/parents/llama-3.1-70b.json' with { type: 'json' };
import llama31Of8b from '../../assets/parents/llama-3.1-8b.json' with { type: 'json' };
import llama33Of70b from '../../assets/parents/llama-3.3-70b.json' with { type: 'json' };
import mistral7b from '../../assets/parents/mistral-7b.json' with { type: 'json' };
import {
  architectureSchema,
  chosenBlock,
  modelShapeSchema,
  parentModelSchema,
  parseVariantId,
  variantIdSchema,
  type Architecture,
  type ChosenBlock,
  type ParentModel,
} from '../protocol/variant.ts';

const layer = z.number().int().nonnegative();

/** A file of `assets/architectures`: runs cover the layers 0, 1, 2, ... in order, both ends included. */
const storedArchitectureSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  hugging_face_id: z.string(),
  /** Preset id of the parent. */
  parent: z.string(),
  external: z.boolean(),
  sources: z.array(z.string()).min(1),
  shape: modelShapeSchema,
  runs: z.array(z.object({ first: layer, last: layer, variant: variantIdSchema })).min(1),
});

const PARENTS: readonly ParentModel[] = [llama31Of8b, llama31Of70b, llama33Of70b, llama31Of405b, mistral7b].map((file) =>
  parentModelSchema.parse(file),
);
const REFERENCES: readonly Architecture[] = [
  nemotron51b,
  nemotronSuper49b,
  nemotronUltra253b,
  minitron4bWidth,
  minitron4bDepth,
].map(readStored);

export function parents(): readonly ParentModel[] {
  return PARENTS;
}

export function parentModel(id: string): ParentModel | undefined {
  return PARENTS.find((parent) => parent.id === id);
}

/** The parent as an architecture: every layer its own full block. */
export function parentArchitecture(parent: ParentModel): Architecture {
  const block = {
    attention: { kind: 'gqa', kv_heads: parent.num_key_value_heads },
    ffn: { kind: 'swiglu', intermediate_size: parent.intermediate_size },
  } as const;
  return {
    id: parent.id,
    name: parent.name,
    parent: parent.id,
    external: false,
    shape: parent.shape,
    blocks: Array.from({ length: parent.num_hidden_layers }, (_, index) => chosenBlock([index], block)),
    source: parent.source,
  };
}

/** Released children of the parents: Nemotron-NAS and Minitron. */
export function referenceArchitectures(): readonly Architecture[] {
  return REFERENCES;
}

export function referenceArchitecture(id: string): Architecture | undefined {
  return REFERENCES.find((architecture) => architecture.id === id);
}

/** Ids of all parents and released children. */
export function presetIds(): readonly string[] {
  return [...PARENTS, ...REFERENCES].map(({ id }) => id);
}

/** The parent or released child of this id as an architecture. */
export function presetArchitecture(id: string): Architecture | undefined {
  const parent = parentModel(id);
  return parent === undefined ? referenceArchitecture(id) : parentArchitecture(parent);
}

function readStored(file: unknown): Architecture {
  const { runs, sources, hugging_face_id: huggingFaceId, ...rest } = storedArchitectureSchema.parse(file);
  const blocks: ChosenBlock[] = [];
  for (const { first, last, variant } of runs) {
    const block = parseVariantId(variant);
    if (block === undefined || first !== blocks.length || last < first) {
      throw new Error(`assets/architectures/${rest.id}.json: layers ${first} to ${last} do not follow ${blocks.length - 1}`);
    }
    for (let index = first; index <= last; index++) blocks.push(chosenBlock([index], block));
  }
  return architectureSchema.parse({ ...rest, blocks, source: `${huggingFaceId}: ${sources.join('; ')}` });
}
