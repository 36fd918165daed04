/**
 * Turns files of other programs, or our own, into a block library. What a file is, its content decides, not its
 * name; files that are no part of a library are passed over. Pure and synchronous: it runs in a worker.
 */
import { badInput } from '../protocol/errors.ts';
import type { Library } from '../protocol/library.ts';
import { checkImportSize, SUPPORTED_FORMATS } from './import_file.ts';
import type { ImportFile } from './import_file.ts';
import { importNvlabs, isNvlabsLibrary, isNvlabsMeasurement, isNvlabsParentStats } from './import_nvlabs.ts';
import { importOwn, isOwnLibrary } from './import_own.ts';
import { importPuzzletron, isReplacementLibrary, isSolutionList, isSubblockStats } from './import_puzzletron.ts';
import { isScoredSolution, isTeacherScores } from './puzzletron_scores.ts';
import { parseJsonFile } from './json_file.ts';
import { describeValue, isObject, shortList } from './read_value.ts';
import type { Place } from './read_value.ts';

/** Kinds of file, tried in this order. */
const KINDS = {
  own: isOwnLibrary,
  nvlabsLibrary: isNvlabsLibrary,
  nvlabsMeasurement: isNvlabsMeasurement,
  nvlabsParentStats: isNvlabsParentStats,
  replacements: isReplacementLibrary,
  solutions: isSolutionList,
  stats: isSubblockStats,
  scored: isScoredSolution,
  teacher: isTeacherScores,
} as const;
type Kind = keyof typeof KINDS;

/** JSON of Hugging Face checkpoints and packages that may lie beside a library. */
const UNRELATED = /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|package|package-lock|.*\.index)\.json$/i;

/** Whether a file with this path may be part of a library: JSON, and not one of a checkpoint's usual files. */
export function mayBelong(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.toLowerCase().endsWith('.json') && !UNRELATED.test(name) && !name.startsWith('.');
}

/** Throws `bad_input` naming file, place, what was expected and found, or `too_large`. */
export function importLibrary(files: readonly ImportFile[]): Library {
  const candidates = files.length === 1 ? files : files.filter(({ path }) => mayBelong(path));
  checkImportSize(candidates.map(({ path, bytes }) => ({ path, size: bytes.length })));
  const [only] = candidates;
  if (only === undefined) {
    throw badInput(
      'The folder',
      '',
      'the JSON files of a block library',
      files.length === 0 ? 'no files' : `no JSON file among ${shortList(files.map(({ path }) => path))}`,
      SUPPORTED_FORMATS,
    );
  }

  const found = new Map<Kind, Place[]>();
  for (const file of [...candidates].sort((a, b) => compareNatural(a.path, b.path))) {
    const place: Place = { file: file.path, path: '', value: parseJsonFile(file) };
    const kind = (Object.keys(KINDS) as Kind[]).find((name) => KINDS[name](place.value));
    if (kind !== undefined) found.set(kind, [...(found.get(kind) ?? []), place]);
    else if (candidates.length === 1) refuseUnknown(place);
  }
  const one = (kind: Kind, what: string): Place | undefined => {
    const [first, second] = found.get(kind) ?? [];
    if (second !== undefined) throw badInput(second.file, '', `one ${what}`, `another one beside ${first?.file ?? ''}`, 'Import one library at a time.');
    return first;
  };

  const own = one('own', 'library');
  const nvlabs = one('nvlabsLibrary', 'NVlabs block library');
  const stats = one('stats', 'subblock_stats.json');
  const scored = found.get('scored') ?? [];
  const main = [own, nvlabs, stats].filter((place) => place !== undefined);
  if (main[1] !== undefined) {
    throw badInput(main[1].file, '', 'the files of one library', `those of another format beside ${main[0]?.file ?? ''}`, 'Import one library at a time.');
  }
  if (own !== undefined) return importOwn(own);
  if (nvlabs !== undefined) {
    return importNvlabs({
      library: nvlabs,
      measurement: one('nvlabsMeasurement', 'measurement_info.json'),
      parentStats: one('nvlabsParentStats', 'parent_block_stats.json'),
    });
  }
  const replacements = one('replacements', 'replacement_library.json');
  const solutions = one('solutions', 'single_sequence_replacement_solutions.json');
  if (stats !== undefined && scored.length > 0) {
    return importPuzzletron({ replacements, solutions, stats, scored, teacher: one('teacher', 'teacher.json') });
  }
  const partial = stats ?? replacements ?? solutions ?? scored[0];
  if (partial !== undefined) {
    const missing = [
      ...(stats === undefined ? ['subblock_stats.json'] : []),
      ...(scored.length === 0 ? ['the scores solution_<n>.json in single_sequence_replacement_solutions--validation/'] : []),
    ];
    throw badInput(partial.file, '', 'a whole Puzzletron run', `this file without ${missing.join(' and without ')}`, SUPPORTED_FORMATS);
  }
  const half = one('nvlabsMeasurement', 'measurement_info.json') ?? one('nvlabsParentStats', 'parent_block_stats.json');
  if (half !== undefined) throw badInput(half.file, '', 'block_library.json beside this file', 'none', SUPPORTED_FORMATS);
  throw badInput(only.path, '', 'a file of a block library', `none in ${shortList(candidates.map(({ path }) => path))}`, SUPPORTED_FORMATS);
}

function refuseUnknown(place: Place): never {
  const format = isObject(place.value) ? place.value['format'] : undefined;
  const found = typeof format === 'string' ? `the format ${JSON.stringify(format.slice(0, 60))}` : describeValue(place.value);
  throw badInput(place.file, '', 'a block library', found, SUPPORTED_FORMATS);
}

/** `solution_10` after `solution_9`, the same everywhere. */
function compareNatural(a: string, b: string): number {
  const key = (path: string): string => path.replaceAll(/\d+/g, (digits) => digits.padStart(12, '0'));
  const [left, right] = [key(a), key(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
