/** Which family a config.json is of, and where in the file its language model is described. */
import { DEFAULT_FAMILY, familyByClassName, familyByModelType, type Family } from './families.ts';
import { at, isGiven, objectAt, unexpected, type JsonObject, type Place } from './json_fields.ts';
import { refuseOtherLayers, unknownFamily } from './unsupported.ts';

export interface LanguageModel {
  readonly family: Family;
  /** The fields of the language model and their place: the file's own, or those of its `text_config`. */
  readonly config: JsonObject;
  readonly place: Place;
  readonly notes: readonly string[];
}

/** Class of Puzzletron's checkpoints, whose `base_architecture` names the family. */
const ANY_MODEL = 'AnyModel';

/**
 * The family, from `base_architecture`, `model_type` or `architectures`. Of a model that also sees or hears, what
 * `text_config` says. Throws `badInput` naming the family found where it is none that can be read.
 */
export function findLanguageModel(outer: JsonObject, root: Place): LanguageModel {
  if (!['model_type', 'architectures', 'base_architecture', 'hidden_size', 'text_config'].some((key) => isGiven(outer[key]))) {
    throw unexpected(root, "a model's config.json, with model_type, hidden_size and the like", outer);
  }
  const inner = isGiven(outer['hidden_size']) ? undefined : outer['text_config'];
  if (!isGiven(inner)) {
    refuseOtherLayers(outer, root);
    const family = familyOf(outer, root);
    const notes = family === undefined ? [`The file names no family; it is read as ${DEFAULT_FAMILY.name}.`] : [];
    return { family: family ?? DEFAULT_FAMILY, config: outer, place: root, notes };
  }
  const place = at(root, 'text_config');
  // Whether the head is shared is said outside, where Transformers looks for it too.
  const shared = isGiven(outer['tie_word_embeddings']) && { tie_word_embeddings: outer['tie_word_embeddings'] };
  const config = { ...shared, ...objectAt(inner, place) };
  refuseOtherLayers(config, place);
  return {
    family: familyOf(config, place) ?? familyOf(outer, root) ?? DEFAULT_FAMILY,
    config,
    place,
    notes: ['Only the language model is described: what sees or hears beside it is not counted.'],
  };
}

function familyOf(config: JsonObject, place: Place): Family | undefined {
  const classes = config['architectures'];
  const className: unknown = Array.isArray(classes) ? classes[0] : undefined;
  if (isGiven(config['base_architecture'])) {
    const basePlace = at(place, 'base_architecture');
    const base = text(config['base_architecture'], basePlace);
    return orThrow(familyByClassName(base), base, basePlace);
  }
  if (isGiven(config['model_type'])) {
    const typePlace = at(place, 'model_type');
    const modelType = text(config['model_type'], typePlace);
    return orThrow(familyByModelType(modelType), modelType, typePlace);
  }
  if (className === undefined || className === ANY_MODEL) return undefined;
  const classPlace = at(at(place, 'architectures'), 0);
  const name = text(className, classPlace);
  return orThrow(familyByClassName(name), name, classPlace);
}

function text(value: unknown, place: Place): string {
  if (typeof value === 'string') return value;
  throw unexpected(place, 'the name of a model family', value);
}

function orThrow(family: Family | undefined, name: string, place: Place): Family {
  if (family === undefined) throw unknownFamily(name, place);
  return family;
}
