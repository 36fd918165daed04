/** The libraries of the benchmark: what the command line is given, and the same numbers for the peers. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { LIMITED } from './cases.mjs';
import { numericLibrary } from './model.mjs';
import { cli, ROOT } from './ours.mjs';
import { syntheticLibrary } from './synthetic.mjs';

const nvlabs = path.join(process.env.PUZZLE_SHARED_DATA ?? path.join(ROOT, '..', 'shared', 'data'), 'nvlabs-puzzle');

/** `limits`: how many in every case; one to three at random where absent. `cases`: how many unless told otherwise. */
export const LIBRARIES = {
  nvlabs: {
    title: 'NVlabs/puzzle block library',
    cases: 200,
    argument: () => (existsSync(path.join(nvlabs, 'block_library.json')) ? nvlabs : undefined),
    missing: 'its files are not here: put the NVlabs/puzzle demo files into a folder nvlabs-puzzle/ and set PUZZLE_SHARED_DATA to its parent',
  },
  sample: { title: 'Shipped sample (costs by variant only)', cases: 100, limits: 3, argument: () => 'sample' },
  synthetic80: { title: 'Synthetic, costs by layer', cases: 100, limits: 3, argument: synthetic(80) },
  synthetic126: { title: 'Synthetic, costs by layer', cases: 50, limits: 3, argument: synthetic(126) },
};

function synthetic(layers) {
  return async (folder, seed) => {
    const file = path.join(folder, `synthetic${layers}.json`);
    await writeFile(file, JSON.stringify(syntheticLibrary(layers, seed)));
    return file;
  };
}

/** Undefined where its files are not here. Our own importer reads it; the peers get the numbers that it read. */
export async function openLibrary(id, folder, seed) {
  const { title, limits, cases, argument } = LIBRARIES[id];
  const given = await argument(folder, seed);
  if (given === undefined) return undefined;
  const file = path.join(folder, `${id}.library.json`);
  await cli('import', given, '--out', file, '--json');
  const library = JSON.parse(await readFile(file, 'utf8'));
  const objective = library.default_objective;
  const numeric = numericLibrary(library, [objective, ...LIMITED]);
  return { id, title, limits, cases, argument: given, objective, numeric, layers: numeric.layers.length, variants: Math.max(...numeric.layers.map((choices) => choices.length)) };
}
