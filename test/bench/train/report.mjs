/** The results as tables for people, and what was aimed at. */
import { LIMITS } from './large.mjs';

/** Issue "Puzzle end to end on a real model": what counts as done. */
export const AIMS = { stock: 15, processes: 1.6 };

export function markdown(result) {
  const { date, node, cpu, platform, cores, load_before: load, command } = result;
  return [
    '# Training benchmark',
    '',
    `Measured ${date}, Node ${node}, ${platform}, ${cores} cores (${cpu}; load before: ${load}). Run it again with \`${command}\`; what is measured is said in the README one folder up.`,
    ...result.shapes.flatMap(shapeLines),
    ...(result.missing.length > 0 ? ['', `Not here: ${result.missing.join('; ')}.`] : []),
    ...profileLines(result.profiles),
    ...scalingLines(result),
    ...largeLines(result.large),
    '',
    '## Aims',
    '',
    ...aims(result).map(({ what, figure, met }) => `* ${what}: ${figure}${met ? '' : ' **(missed)**'}`),
    '',
  ].join('\n');
}

/** Every figure with an aim: `{what, figure, met}`. */
export function aims({ shapes, scaling, large }) {
  const list = shapes.flatMap(({ id, ratios }) =>
    ratios.filter(({ kind, stock }) => kind === 'bld' && stock !== undefined).map(({ stock }) => ({ what: `BLD step, ${id} shape, at least ${AIMS.stock} times as fast as stock wasm`, figure: `${stock} times`, met: stock >= AIMS.stock })),
  );
  if (scaling !== undefined) list.push({ what: `two trainer processes at least ${AIMS.processes} times one`, figure: `${scaling.ratio} times`, met: scaling.ratio >= AIMS.processes });
  if (large?.skipped === undefined && large !== undefined) {
    const within = large.failed === undefined && large.heap_gib <= LIMITS.heap_gib && large.peak_rss_gib <= LIMITS.rss_gib;
    list.push({ what: `8B within a wasm heap of ${LIMITS.heap_gib} GiB and ${LIMITS.rss_gib} GiB resident`, figure: large.failed ?? `${large.heap_gib} and ${large.peak_rss_gib} GiB`, met: within });
  }
  return list;
}

function shapeLines({ title, kinds, ratios }) {
  return ['', `## ${title[0].toUpperCase()}${title.slice(1)}`, ...kinds.flatMap((kind) => kindLines(kind, ratios.find((ratio) => ratio.kind === kind.id)))];
}

function kindLines({ title, variants, gflop_per_step: flops, rows }, ratios) {
  const what = variants === undefined ? 'four layers, embedding and head, forward, backward and AdamW' : `${variants} variants in lockstep, each forward, backward and Adam`;
  const ours = rows[0].step_ms;
  return [
    '',
    `**${title[0].toUpperCase()}${title.slice(1)}** (${what}; ${flops} GFLOP in matrix products)`,
    '',
    ...table(
      ['', 'step ms', 'fastest', 'slowest', 'runs', 'processor ms', 'tokens/s', 'GFLOP/s', 'times ours'],
      rows.map((row) => [row.title, row.step_ms, row.fastest_ms, row.slowest_ms, row.runs, row.cpu_ms, row.tokens_per_s, row.gflop_per_s, (row.step_ms / ours).toFixed(2)]),
    ),
    ...torchLine(ratios),
  ];
}

function torchLine({ torch_1_thread: one, torch_2_threads: two }) {
  if (one === undefined) return [];
  return ['', `PyTorch (the faster of its two) takes ${one} times as long with one thread and ${two} times with two; below 1, it is faster.`];
}

function profileLines(profiles) {
  return profiles.flatMap(({ workload, title, step_ms: ms, rows }) => [
    '',
    `## Kernels of a ${title} on wasm + native matmul, ${workload} shape (${ms} ms while watched)`,
    '',
    ...table(['', 'calls', 'ms', '% of step', 'GFLOP/s'], rows.map((row) => [row.name, row.calls, row.ms, (100 * row.share).toFixed(1), row.gflop_per_s])),
  ]);
}

function scalingLines({ scaling, shapes }) {
  if (scaling === undefined) return [];
  const { workload, layers, steps, rows, ratio } = scaling;
  const torch = shapes.find(({ id }) => id === workload)?.kinds.find(({ id }) => id === 'bld')?.rows.filter(({ id }) => id.startsWith('torch_2_')).map(({ tokens_per_s: rate }) => rate);
  return [
    '',
    `## Trainer processes: BLD of ${layers} layers, ${steps} steps each, ${workload} shape, with reading, held-out losses and writing`,
    '',
    ...table(['processes', 'tokens/s', 'seconds'], rows.map((row) => [row.processes, row.tokens_per_s, row.seconds.join(', ')])),
    '',
    `Two give ${ratio} times one.${torch === undefined || torch.length === 0 ? '' : ` PyTorch with two threads: ${Math.max(...torch)} tokens/s in the same BLD step, without reading and writing.`}`,
  ];
}

function largeLines(large) {
  if (large === undefined) return [];
  if (large.skipped !== undefined) return ['', `The 8B model was left out: ${large.skipped}.`];
  const { parent, weights_gib: weights, batch, length, layer, jobs, notes, failed, device } = large;
  return [
    '',
    `## ${parent} (${weights} GiB of random weights in BF16), ${device}`,
    '',
    `One BLD step of layer ${layer} (kv4 and FFN 7168, batch ${batch} x ${length}), then replace-1 scores of both variants through all layers.`,
    '',
    ...table(['job', 'seconds', 'wasm heap, GiB', 'peak resident, GiB', 'outcome'], jobs.map((job) => [job.job, job.seconds, job.heap_gib, job.peak_rss_gib, job.outcome])),
    ...notes.map((note) => `\n${note}`),
    ...(failed === undefined ? [] : ['', `It failed: ${failed}`]),
  ];
}

function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map((cell) => (cell === undefined ? '' : String(cell))));
  const widths = header.map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  const line = (row) => `| ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join(' | ')} |`;
  const [head, ...body] = cells;
  return [line(head), `|${widths.map((width, c) => (c === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`, ...body.map(line)];
}
