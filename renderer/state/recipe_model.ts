/** Parents that are not presets: read from a config.json or entered by hand, and what can be guessed of a file that no reader knows. */
import { modelFormSchema, type ModelFormInput } from '../../engine/protocol/model_form.ts';
import { chosenBlock, type Architecture, type ParentModel } from '../../engine/protocol/variant.ts';

/** Whether all layers are the same full block, so that a search can start from it. */
export function canBeParent({ blocks }: Pick<Architecture, 'blocks'>): boolean {
  const [first] = blocks;
  const whole = first?.attention.kind === 'gqa' && first.ffn.kind === 'swiglu';
  return whole && blocks.every(({ variant, parent_layers: layers }) => variant === first.variant && layers.length === 1);
}

/** The parent as an architecture, so that it can be costed before the project keeps it. */
export function architectureOf(parent: ParentModel): Architecture {
  const block = {
    attention: { kind: 'gqa', kv_heads: parent.num_key_value_heads },
    ffn: { kind: 'swiglu', intermediate_size: parent.intermediate_size },
  } as const;
  const { id, name, shape, source } = parent;
  return { id, name, external: false, shape, blocks: Array.from({ length: parent.num_hidden_layers }, (_, layer) => chosenBlock([layer], block)), source };
}

export type FormFields = { readonly [K in keyof ModelFormInput]?: ModelFormInput[K] | undefined };
export type FormProblems = Readonly<Partial<Record<keyof ModelFormInput, string>>>;

/** What keeps a form from being a model, first message by field; the form itself where nothing does. */
export function checkForm(fields: FormFields): { readonly form: ModelFormInput | undefined; readonly problems: FormProblems } {
  const parsed = modelFormSchema.safeParse(fields);
  if (parsed.success) return { form: parsed.data, problems: {} };
  const problems: Partial<Record<keyof ModelFormInput, string>> = {};
  for (const { path, message } of parsed.error.issues) problems[path[0] as keyof ModelFormInput] ??= message;
  return { form: undefined, problems };
}

const COUNTS = [
  'hidden_size',
  'num_hidden_layers',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
  'intermediate_size',
  'vocab_size',
  'max_position_embeddings',
] as const satisfies readonly (keyof ModelFormInput)[];

/** What a config.json of a family that cannot be read says in the usual names; undefined where it is no such file. */
export function guessForm(path: string, text: string): FormFields | undefined {
  const json = parsed(text);
  if (json === undefined) return undefined;
  const inner = objectOf(json['text_config']) ?? json;
  const counts = Object.fromEntries(COUNTS.flatMap((key) => (typeof inner[key] === 'number' ? [[key, inner[key]]] : [])));
  if (counts['hidden_size'] === undefined && counts['num_hidden_layers'] === undefined) return undefined;
  const [folder, file] = path.split('/').slice(-2);
  const named = json['_name_or_path'] ?? json['model_type'];
  return {
    name: file !== undefined && folder !== '' ? folder : typeof named === 'string' && named !== '' ? named : 'My model',
    ...counts,
    ...(typeof inner['tie_word_embeddings'] === 'boolean' && { tie_word_embeddings: inner['tie_word_embeddings'] }),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
