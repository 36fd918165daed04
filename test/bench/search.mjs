/**
 * How fast the search is, beside general solvers on the same cases in the same run; see README.md beside this file.
 *   npm run bench:search
 *   npm run bench:search -- --quick                      few cases, HiGHS from npm; fails where ours is not clearly faster
 *   npm run bench:search -- --library nvlabs,sample --cases 20 --peers highs,cbc --seed 7
 * Any objective that differs from a peer's is printed and makes the exit code 1.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openCache } from './search/cache.mjs';
import { casesFor } from './search/cases.mjs';
import { comparePeer } from './search/compare.mjs';
import { spread } from './search/figures.mjs';
import { LIBRARIES, openLibrary } from './search/libraries.mjs';
import { modelOf } from './search/model.mjs';
import { frontier, solveCases } from './search/ours.mjs';
import { seeded, seedFor, shuffled } from './search/random.mjs';
import { cbc } from './search/peers/cbc.mjs';
import { glpkPlain } from './search/peers/glpk.mjs';
import { highsNative } from './search/peers/highs_native.mjs';
import { highsNpm } from './search/peers/highs_npm.mjs';
import { markdown } from './search/report.mjs';

const PEERS = [highsNative, highsNpm, cbc, glpkPlain];
/** On a machine that does other things as well. */
const QUICK = { cases: 40, peerCases: 5, limitSeconds: 30, ratio: 4 };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    library: { type: 'string' },
    cases: { type: 'string' },
    peers: { type: 'string' },
    seed: { type: 'string', default: '2026' },
    'peer-seconds': { type: 'string', default: '300' },
    'peer-cases': { type: 'string' },
    'peer-limit': { type: 'string' },
    'no-frontier': { type: 'boolean', default: false },
    cache: { type: 'string' },
    out: { type: 'string' },
  },
});
const seed = numberOf('seed', options.seed, 0);
const budgetSeconds = numberOf('peer-seconds', options['peer-seconds'], 0);
const caseCount = options.cases === undefined ? (options.quick ? QUICK.cases : undefined) : numberOf('cases', options.cases, 1);
const peerCases = options['peer-cases'] === undefined ? (options.quick ? QUICK.peerCases : Infinity) : numberOf('peer-cases', options['peer-cases'], 1);
const limitSeconds = numberOf('peer-limit', options['peer-limit'] ?? String(options.quick ? QUICK.limitSeconds : 60), 1);
const wantedLibraries = namesOf('library', options.library ?? (options.quick ? 'nvlabs,sample,synthetic80' : undefined), Object.keys(LIBRARIES));
const wantedPeers = namesOf('peers', options.peers ?? (options.quick ? 'highs-npm' : 'highs,cbc,glpk'), PEERS.map((peer) => peer.id));
const cache = openCache(options.cache);
const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : '');

const result = {
  date: new Date().toISOString().slice(0, 10),
  command: `npm run bench:search${process.argv.slice(2).map((argument) => ` ${argument}`).join('').replace(/^ /, ' -- ').replace(/ --(cache|out)[ =]\S+/g, '')}`,
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
  cores: os.cpus().length,
  load_before: Number(os.loadavg()[0].toFixed(2)),
  seed,
  libraries: [],
  frontier: [],
};
const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-search-'));
try {
  for (const id of wantedLibraries) await measure(id);
} finally {
  await rm(folder, { recursive: true, force: true });
}
progress('');
console.log(markdown(result));
// A quick run is a check; its figures are not worth keeping.
const out = options.out ?? (options.quick ? undefined : path.join(import.meta.dirname, 'results', 'search'));
if (out !== undefined) {
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(`${out}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  await writeFile(`${out}.md`, markdown(result));
  console.log(`Written to ${path.relative(process.cwd(), `${out}.json`)} and .md`);
}
assertEqual(result);
if (options.quick) assertFaster(result);

async function measure(id) {
  const library = await openLibrary(id, folder, seed);
  if (library === undefined) {
    console.log(`${LIBRARIES[id].title} is skipped: ${LIBRARIES[id].missing}.\n`);
    return;
  }
  const count = caseCount ?? library.cases;
  const cases = casesFor(library.numeric, id, seed, count, library.limits);
  progress(`${library.title}: ${count} cases, ours`);
  const ours = await solveCases(library, cases, folder);
  // In random order, so that those a peer gets to are a fair sample: our first ones still warm up.
  const order = shuffled(cases.keys(), seeded(seedFor(seed, `${id} peers`))).slice(0, peerCases);
  const questions = order.map((index) => ({ index, model: modelOf(library.numeric, library.objective, cases[index]), ours: ours[index] }));
  const entry = { id, title: library.title, layers: library.layers, variants: library.variants, cases: count, limits: library.limits, ours: figuresOf(ours), peers: [], missing: [] };
  result.libraries.push(entry);
  for (const peer of PEERS.filter((candidate) => wantedPeers.includes(candidate.id))) {
    const compared = await runPeer(peer, questions);
    if (compared !== undefined) entry.peers.push(compared);
    else entry.missing.push(`${peer.title} is not here: ${peer.missing}.`);
  }
  // Without the native one, HiGHS still stands beside ours.
  if (entry.peers.every((peer) => !peer.id.startsWith('highs')) && wantedPeers.includes('highs')) {
    const compared = await runPeer(highsNpm, questions);
    if (compared !== undefined) entry.peers.unshift(compared);
  }
  if (options['no-frontier'] || options.quick || id !== 'nvlabs') return;
  for (const over of ['memory_mib', 'total_tok_s']) {
    progress(`${library.title}: frontier over ${over}`);
    result.frontier.push({ library: id, ...(await frontier(library, over, 100)) });
  }
}

async function runPeer(peer, questions) {
  const session = await peer.open();
  if (session === undefined) return undefined;
  try {
    return await comparePeer(peer, session, questions, { limitSeconds, budgetSeconds, cache, progress });
  } finally {
    await session.close();
  }
}

function figuresOf(answers) {
  const first = answers.flatMap((answer) => (answer.first_ms === null ? [] : [answer.first_ms]));
  return {
    cases: answers.length,
    first_cases: first.length,
    first_ms: spread(first),
    solve_ms: spread(answers.map((answer) => answer.solve_ms)),
    unproven_after_2_s: answers.filter((answer) => answer.status === 'feasible' || answer.solve_ms > 2000).length,
  };
}

function assertEqual({ libraries }) {
  for (const { id, peers } of libraries) {
    for (const { title, disagreements } of peers) {
      for (const text of disagreements) fail(`${id}, ${title}: ${text}.`);
    }
  }
}

/** Generous: a busy machine must pass, a slip by an order of magnitude must not. */
function assertFaster({ libraries }) {
  for (const { id, ours, peers } of libraries) {
    if (ours.unproven_after_2_s > 0) fail(`${id}: ${ours.unproven_after_2_s} cases were not proven within 2 s.`);
    if (peers.length === 0) fail(`${id}: there is nothing to compare with.`);
    for (const { title, ratio } of peers) {
      if (ratio < QUICK.ratio) fail(`${id}: only ${ratio} times as fast as ${title}, expected ${QUICK.ratio}.`);
    }
  }
}

function fail(text) {
  console.error(text);
  process.exitCode = 1;
}

function numberOf(name, text, least) {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
  console.error(`--${name} ${text}: expected a number of at least ${least}.`);
  return process.exit(2);
}

function namesOf(option, text, known) {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  console.error(`--${option} ${text}: there is no "${unknown}"; there are ${known.join(', ')}.`);
  return process.exit(2);
}
