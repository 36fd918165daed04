/**
 * Puzzle end to end over several seeds, and whether it does what the method promises; see README.md beside this file.
 *   npm run bench:pipeline                                three seeds of the tiny preset, table kept in results/
 *   npm run bench:pipeline -- --preset smoke --seeds 0 --out /tmp/pipeline
 *   npm run bench:pipeline -- --runs after --from before
 * Exit code 1 where a promise is broken.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    preset: { type: 'string', default: 'tiny' },
    seeds: { type: 'string', default: '0,1,2' },
    out: { type: 'string' },
    /** Keeps the runs' folders here, so that a broken bench goes on where it was. */
    runs: { type: 'string' },
    /** Another bench's --runs: what presets have in common since is taken over from there, and such runs' times are not judged. */
    from: { type: 'string' },
  },
});
const seeds = options.seeds.split(',').map(Number);
const root = path.resolve(import.meta.dirname, '..', '..');
const out = options.out ?? path.join(import.meta.dirname, 'results', 'pipeline');
const runs = options.runs ?? (await mkdtemp(path.join(os.tmpdir(), 'bench-pipeline-')));
/** A simpler method may be better than the search by this much in a single case: scores are additive only approximately. */
const WORSE_BY = 0.05;
const SPEARMAN = 0.8;
/** Of a whole run on two cores that do nothing else. */
const WITHIN_S = { smoke: 60, tiny: 900 };

const reports = [];
for (const seed of seeds) {
  console.error(`${options.preset}, seed ${seed} …`);
  const startedAt = Date.now();
  const report = await pipeline(seed);
  // A run that goes on here took longer than this command.
  const wall = Math.max((Date.now() - startedAt) / 1000, sum(Object.values(report.seconds)));
  // Where this machine had them is nobody's business.
  const [library, exported] = [report.library, report.export].map((place) => path.basename(place));
  const partly = /were taken over from/.test(await readFile(path.join(runs, nameOf(seed), 'log.jsonl'), 'utf8'));
  reports.push({ ...report, taken_over: partly, library, export: exported, additivity: { ...report.additivity, points: undefined }, wall_s: wall });
}
const promises = promisesOf(reports);
const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
  cores: os.cpus().length,
  preset: options.preset,
  promises,
  reports,
};
await mkdir(path.dirname(out), { recursive: true });
await writeFile(`${out}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
await writeFile(`${out}.md`, markdown(result));
process.stdout.write(markdown(result));
if (options.runs === undefined) await rm(runs, { recursive: true, force: true });
process.exitCode = promises.every(({ kept }) => kept) ? 0 : 1;

function pipeline(seed) {
  const folder = path.join(runs, nameOf(seed));
  const earlier = options.from === undefined ? undefined : path.join(options.from, nameOf(seed));
  const argv = ['dist/engine/cli.js', 'pipeline', '--preset', options.preset, '--seed', String(seed), '--out', folder, '--json'];
  if (earlier !== undefined && existsSync(earlier) && !existsSync(folder)) argv.push('--from', earlier);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`The pipeline ended with exit code ${code}.`))));
  });
}

function nameOf(seed) {
  return `${options.preset}-${seed}`;
}

function promisesOf(all) {
  const limits = all.flatMap((report) => report.limits);
  const methods = [...new Set(limits.flatMap(({ baselines }) => Object.keys(baselines)))];
  const trained = sum(all.map(({ bld }) => bld.trained));
  const improved = sum(all.map(({ bld }) => bld.improved));
  const promises = [promise('BLD lowers every trained block’s normalised MSE', `${improved} of ${trained}`, improved === trained)];
  for (const method of methods) {
    const both = limits.filter(({ baselines }) => baselines[method] !== undefined);
    const ours = mean(both.map(({ child }) => child.kl));
    const theirs = mean(both.map(({ baselines }) => baselines[method].kl));
    const worst = Math.max(...both.map(({ child, baselines }) => child.kl / baselines[method].kl - 1));
    promises.push(promise(`MIP’s mean real KL is below that of ${method}`, `${ours.toFixed(4)} against ${theirs.toFixed(4)} (${both.length} cases)`, ours < theirs));
    promises.push(promise(`No case worse than ${method} by more than ${100 * WORSE_BY} %`, `worst ${(100 * worst).toFixed(1)} %`, worst <= WORSE_BY));
  }
  const within = WITHIN_S[options.preset];
  for (const { seed, child, additivity, wall_s: seconds, taken_over: partly } of all) {
    if (within !== undefined && !partly) promises.push(promise(`All of it within ${within} s (seed ${seed})`, `${seconds.toFixed(0)} s`, seconds <= within));
    promises.push(promise(`GKD lowers KL (seed ${seed})`, `${child.kl_before.toFixed(4)} to ${child.kl_after.toFixed(4)}`, child.kl_after < child.kl_before));
    promises.push(
      promise(
        `Additivity: Spearman of at least ${SPEARMAN} (seed ${seed})`,
        `${additivity.spearman.toFixed(3)} over ${additivity.n}, ${additivity.spearman_narrow.toFixed(3)} over ${additivity.n_narrow} of one runtime`,
        additivity.spearman >= SPEARMAN,
      ),
    );
  }
  return promises;
}

function promise(what, figures, kept) {
  return { what, figures, kept };
}

function markdown({ date, node, platform, cores, preset, promises: all, reports: each }) {
  const methods = [...new Set(each.flatMap(({ limits }) => limits.flatMap(({ baselines }) => Object.keys(baselines))))];
  const tasks = [...new Set(each.flatMap(({ parent }) => Object.keys(parent.tasks)))];
  return [
    `# Puzzle end to end: ${preset}`,
    '',
    `${date}, Node ${node}, ${platform}, ${cores} cores; ${each[0]?.device.line}. Times are of a shared machine.`,
    '',
    '| promise | figures | kept |',
    '|---|---|---|',
    ...all.map(({ what, figures, kept }) => `| ${what} | ${figures} | ${kept ? 'yes' : '**no**'} |`),
    '',
    '## Real KL(parent ‖ child) before distillation, by limits',
    '',
    `| seed | parameters, KV | MIP (sum of scores) | ${methods.join(' | ')} |`,
    `|---|---|---|${methods.map(() => '---|').join('')}`,
    ...each.flatMap(({ seed, limits }) =>
      limits.map(
        ({ params, kv, child, baselines }) =>
          `| ${seed} | ${100 * params} %, ${100 * kv} % | ${child.kl.toFixed(4)} (${child.estimated_kl.toFixed(4)}) | ${methods.map((method) => baselines[method]?.kl.toFixed(4) ?? '–').join(' | ')} |`,
      ),
    ),
    '',
    '## Parent and distilled child',
    '',
    `| seed | | LM loss | KL | ${tasks.join(' | ')} |`,
    `|---|---|---|---|${tasks.map(() => '---|').join('')}`,
    ...each.flatMap(({ seed, parent, child }) => [
      `| ${seed} | parent | ${parent.loss.toFixed(3)} | 0 | ${accuracies(tasks, parent.tasks)} |`,
      `| ${seed} | child | ${child.loss_before.toFixed(3)} | ${child.kl_before.toFixed(4)} | ${accuracies(tasks, child.tasks_before)} |`,
      `| ${seed} | distilled | ${child.loss_after.toFixed(3)} | ${child.kl_after.toFixed(4)} | ${accuracies(tasks, child.tasks)} |`,
    ]),
    '',
    '## Throughput of the distilled child as a multiple of its parent’s',
    '',
    '| seed | measured from end to end, middle half of the rounds | prefill | decode | by the library’s block times | on the target device |',
    '|---|---|---|---|---|---|',
    ...each.filter(({ throughput }) => throughput !== undefined).map(({ seed, throughput: { ratio, not_measured: why, target_device: target } }) => {
      const [total, prefill, decode] = ratio.measured === undefined ? [why, '–', '–'] : [`${times(ratio.measured.total)} (${ratio.measured_quartiles?.total.map(times).join(' to ')})`, times(ratio.measured.prefill), times(ratio.measured.decode)];
      return `| ${seed} | ${total} | ${prefill} | ${decode} | ${times(ratio.predicted.total)} | ${times(ratio.target.total)} (${target}) |`;
    }),
    '',
    '## Seconds',
    '',
    `| seed | total | ${Object.keys(each[0]?.seconds ?? {}).join(' | ')} |`,
    `|---|---|${Object.keys(each[0]?.seconds ?? {}).map(() => '---|').join('')}`,
    ...each.map(({ seed, wall_s, seconds, taken_over: partly }) => `| ${seed} | ${partly ? 'begun from an earlier run' : wall_s.toFixed(0)} | ${Object.values(seconds).map((value) => value.toFixed(1)).join(' | ')} |`),
    '',
  ].join('\n');
}

function times(ratio) {
  return ratio.toFixed(2);
}

function accuracies(tasks, values) {
  return tasks.map((task) => (values[task] === undefined ? '–' : `${(100 * values[task]).toFixed(0)} %`)).join(' | ');
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values) {
  return sum(values) / values.length;
}
