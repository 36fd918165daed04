/**
 * JSON files as other programs write them. Python also writes NaN and Infinity, which JSON does not have: those
 * come out of here as the strings 'NaN', 'Infinity' and '-Infinity', so that whoever reads the number can say
 * where it stands and decide what it means. A syntax error is reported with its line and column.
 */
import { WorkbenchError, badInput } from '../protocol/errors.ts';
import { SUPPORTED_FORMATS } from './import_file.ts';
import type { ImportFile } from './import_file.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });
const NON_FINITE = /"[^"\\]*(?:\\[^][^"\\]*)*"|NaN|-?Infinity/g;

/**
 * Objects and lists a file may hold. Parsed, each takes 50 to 100 bytes whatever its text, and a worker that runs out of
 * memory takes the whole process along on Node 24, so the limit is checked before parsing. A library needs three per
 * block; the largest Puzzletron runs have some hundred thousand.
 */
export const MAX_CONTAINERS = 4_000_000;

/** The value in a JSON file; throws `too_large` above `MAX_CONTAINERS` and `bad_input` for anything that is not UTF-8 text holding one JSON value. */
export function parseJsonFile(file: ImportFile): unknown {
  const text = decode(file);
  checkContainers(file);
  const standard = /NaN|Infinity/.test(text)
    ? text.replace(NON_FINITE, (token) => (token.startsWith('"') ? token : `"${token}"`))
    : text;
  try {
    return JSON.parse(standard);
  } catch {
    const fault = findSyntaxFault(text);
    const before = text.slice(0, fault.offset);
    const line = before.split('\n').length;
    const column = fault.offset - before.lastIndexOf('\n');
    throw badInput(file.path, `line ${line}, column ${column}`, fault.expected, foundAt(text, fault.offset), SUPPORTED_FORMATS);
  }
}

function decode(file: ImportFile): string {
  const { bytes, path } = file;
  if (bytes.length === 0) throw badInput(path, '', 'JSON', 'an empty file', SUPPORTED_FORMATS);
  const zero = bytes.subarray(0, 4096).indexOf(0);
  if (zero >= 0) throw badInput(path, `byte ${zero}`, 'JSON text in UTF-8', 'binary data', SUPPORTED_FORMATS);
  try {
    return decoder.decode(bytes);
  } catch {
    throw badInput(path, '', 'JSON text in UTF-8', 'bytes that are no UTF-8', SUPPORTED_FORMATS);
  }
}

function checkContainers({ path, bytes }: ImportFile): void {
  let containers = 0;
  for (const byte of bytes) if (byte === OPEN_OBJECT || byte === OPEN_LIST) containers++;
  if (containers <= MAX_CONTAINERS) return;
  throw new WorkbenchError('too_large', `${path}: it holds ${containers} objects and lists; an import may hold ${MAX_CONTAINERS}.`, {
    details: { file: path, expected: `at most ${MAX_CONTAINERS} objects and lists`, found: String(containers) },
    hint: 'Leave out per-sample metrics and further measurements, or pick only the files of the block library.',
  });
}

function foundAt(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the file';
  const rest = /^\S{0,20}/.exec(text.slice(offset, offset + 20))?.[0] ?? '';
  return JSON.stringify(rest === '' ? text.charAt(offset) : rest);
}

const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const IN_STRING = 'more text and a closing double quote';
const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null|NaN|-?Infinity)(?!\w)/y;

/** First place where a text stops being JSON, and what could have stood there. */
function findSyntaxFault(text: string): { offset: number; expected: string } {
  let at = 0;
  const open: ('{' | '[')[] = [];
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  /** Leaves `at` after the string, or on what may not stand in it. */
  const takeString = (): boolean => {
    at += 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at += 1;
        return true;
      }
      if (code === BACKSLASH ? !take(ESCAPE) : !(code >= 0x20)) return false;
      if (code !== BACKSLASH) at += 1;
    }
  };
  const skip = (): string => {
    take(SPACE);
    return text.charAt(at);
  };

  type State = 'value' | 'value or ]' | 'key' | 'key or }' | 'after';
  let state: State = 'value';
  for (;;) {
    const next = skip();
    switch (state) {
      case 'value or ]':
      case 'value':
        if (next === ']' && state === 'value or ]') {
          at += 1;
          open.pop();
          state = 'after';
        } else if (next === '{' || next === '[') {
          at += 1;
          open.push(next);
          state = next === '{' ? 'key or }' : 'value or ]';
        } else if (next === '"') {
          if (!takeString()) return { offset: at, expected: IN_STRING };
          state = 'after';
        } else if (take(SCALAR)) state = 'after';
        else return { offset: at, expected: open.length === 0 ? 'a JSON value' : 'a value' };
        break;
      case 'key or }':
      case 'key':
        if (next === '}' && state === 'key or }') {
          at += 1;
          open.pop();
          state = 'after';
          break;
        }
        if (next !== '"') return { offset: at, expected: 'a name in double quotes' };
        if (!takeString()) return { offset: at, expected: IN_STRING };
        if (skip() !== ':') return { offset: at, expected: '":"' };
        at += 1;
        state = 'value';
        break;
      case 'after': {
        const inside = open.at(-1);
        if (inside === undefined) return { offset: at, expected: 'the end of the file' };
        const close = inside === '{' ? '}' : ']';
        if (next === ',') state = inside === '{' ? 'key' : 'value';
        else if (next === close) open.pop();
        else return { offset: at, expected: `"," or "${close}"` };
        at += 1;
        break;
      }
    }
  }
}
