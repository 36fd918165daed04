/**
 * What lies beside the weights of a model and belongs to it as they do: its tokenizer in all its files, how it is prompted and
 * generates, and the terms it is under. Whoever makes a model of another passes them on unchanged.
 */
import type { Checkpoint } from './checkpoint.ts';
import { readAll, type Files } from './files.ts';

/** Names in a checkpoint folder; tokenizer.json goes by itself. Model cards and training arguments are about that model alone. */
const TOKENIZER = /^(tokenizer\.model(\.v\d+)?|tekken\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|vocab\.json|merges\.txt)$/;
const PROMPTING = /^(generation_config\.json|chat_template\.(jinja|json))$/;
const TERMS = /^(LICEN[CS]E|NOTICE|COPYING|USE_POLICY)([._-][\w.-]+)?$/i;

/** As `writeCheckpoint` takes them. */
export interface Companions {
  /** Content of tokenizer.json. */
  readonly tokenizer: Uint8Array | undefined;
  /** The others by name. */
  readonly extras: Readonly<Record<string, Uint8Array>>;
}

/** The companions of a checkpoint. @throws WorkbenchError where one cannot be read. */
export async function companionsOf(files: Files, { folder, tokenizer }: Pick<Checkpoint, 'folder' | 'tokenizer'>): Promise<Companions> {
  const names = (await files.list(folder)).filter((name) => [TOKENIZER, PROMPTING, TERMS].some((pattern) => pattern.test(name)));
  const extras: [string, Uint8Array][] = [];
  for (const name of names) extras.push([name, await readAll(files, `${folder}/${name}`)]);
  return { tokenizer: tokenizer === undefined ? undefined : await readAll(files, tokenizer), extras: Object.fromEntries(extras) };
}
