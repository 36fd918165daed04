/**
 * Documents of a user's text. A line of a .jsonl file is one (field `text`). A .txt or .md file is one where there are many
 * files; few or large files are cut at blank lines, since a held-out split by document needs documents to choose from. A
 * folder is read with all below it, in the order of names.
 */
import { badInput, WorkbenchError } from '../../protocol/errors.ts';
import type { Files } from '../../transformer/files.ts';
import { linesOf } from './text_lines.ts';

export interface UserText {
  /** Files that will be read, in order. */
  readonly paths: readonly string[];
  /** What else was found, for people. */
  readonly notes: readonly string[];
  documents(): AsyncGenerator<string>;
}

/** With fewer text files than this, each is cut into several documents. */
const MANY_FILES = 20;
/** Larger ones are cut whatever their number. */
const WHOLE_FILE_BYTES = 1 << 18;
/** Documents cut from a file have at least this many characters, but for the last one. */
export const PASSAGE_CHARACTERS = 2000;
/** Without a blank line for this many characters, a document ends at any end of line. */
const LONGEST_PASSAGE = 1 << 16;
const LONGEST_JSON_LINE = 1 << 24;
const DEEPEST_FOLDER = 16;

type Form = 'text' | 'jsonl';

function formOf(path: string): Form | undefined {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  return ending === 'jsonl' ? 'jsonl' : ending === 'txt' || ending === 'md' ? 'text' : undefined;
}

/**
 * Finds the text at `path`: a file, or a folder of files.
 * @throws WorkbenchError `not_found`; `bad_input` where nothing there is text. Reading the documents throws `bad_input` naming
 *   file and line where one cannot be understood.
 */
export async function userText(files: Files, path: string): Promise<UserText> {
  const found = { paths: [] as string[], skipped: [] as string[] };
  if (!(await files.exists(path))) {
    throw new WorkbenchError('not_found', `There is no file or folder ${path}.`, { details: { file: path } });
  }
  if (formOf(path) !== undefined) found.paths.push(path);
  else await walk(files, path, 0, found);
  if (found.paths.length === 0) {
    const what = found.skipped.length === 0 ? 'none' : `only ${some(found.skipped)}`;
    throw badInput(path, '', 'a .txt, .md or .jsonl file or a folder of such', what, 'JSON Lines files need a field text in every line.');
  }
  const notes =
    found.skipped.length === 0 ? [] : [`Skipped ${found.skipped.length} of ${found.skipped.length + found.paths.length} files, which are not .txt, .md or .jsonl: ${some(found.skipped)}.`];
  const { paths } = found;
  return {
    paths,
    notes,
    async *documents() {
      for (const file of paths) {
        if (formOf(file) === 'jsonl') yield* jsonLines(files, file);
        else yield* passages(files, file, paths.length < MANY_FILES);
      }
    },
  };
}

function some(paths: readonly string[]): string {
  return paths.length <= 3 ? paths.join(', ') : `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more`;
}

async function walk(files: Files, folder: string, depth: number, found: { paths: string[]; skipped: string[] }): Promise<void> {
  const names = await entriesOf(files, folder);
  if (names.length === 0) found.skipped.push(folder);
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (formOf(name) !== undefined) found.paths.push(path);
    else if (name.startsWith('.') || depth >= DEEPEST_FOLDER) found.skipped.push(path);
    else await walk(files, path, depth + 1, found);
  }
}

/** Names in a folder; none where it is a file or may not be looked into, either of which is then said to be skipped. */
async function entriesOf(files: Files, path: string): Promise<readonly string[]> {
  try {
    return await files.list(path);
  } catch {
    return [];
  }
}

async function* passages(files: Files, path: string, cut: boolean): AsyncGenerator<string> {
  const whole = !cut && (await sizeOf(files, path)) <= WHOLE_FILE_BYTES;
  const shortest = whole ? Infinity : PASSAGE_CHARACTERS;
  const longest = whole ? Infinity : LONGEST_PASSAGE;
  let passage = '';
  for await (const { text, ends } of linesOf(files, path)) {
    passage += ends ? `${text}\n` : text;
    const blank = ends && text.trim() === '';
    if ((blank && passage.length >= shortest) || passage.length >= longest) {
      if (passage.trim() !== '') yield passage.trim();
      passage = '';
    }
  }
  if (passage.trim() !== '') yield passage.trim();
}

async function sizeOf(files: Files, path: string): Promise<number> {
  const source = await files.open(path);
  await source.close();
  return source.size;
}

async function* jsonLines(files: Files, path: string): AsyncGenerator<string> {
  let line = '';
  for await (const { text, number, ends } of linesOf(files, path)) {
    line += text;
    if (line.length > LONGEST_JSON_LINE) throw badInput(path, `line ${number}`, `at most ${LONGEST_JSON_LINE} characters`, 'more');
    if (!ends) continue;
    if (line.trim() !== '') {
      const document = textOf(line, path, number);
      if (document.trim() !== '') yield document;
    }
    line = '';
  }
}

function textOf(line: string, path: string, number: number): string {
  const expected = 'a JSON object with a text field';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw badInput(path, `line ${number}`, expected, `what is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badInput(path, `line ${number}`, expected, Array.isArray(value) ? 'an array' : String(value));
  if (!('text' in value)) throw badInput(path, `line ${number}`, expected, `one with ${Object.keys(value).slice(0, 5).join(', ') || 'no fields'}`);
  if (typeof value.text !== 'string') throw badInput(path, `line ${number}`, 'text that is a string', typeof value.text);
  return value.text;
}
