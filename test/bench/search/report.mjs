/** The results as a table for people, and what was aimed at. */

/** Issue "Exact search at slider speed": what counts as done. */
const AIMS = {
  nvlabs: { first_p95: 16, p50: 15, p95: 60, max: 300, ratio: 30 },
  sample: { p95: 250, unproven: 0 },
  synthetic80: { p95: 250, unproven: 0 },
};
const FRONTIER_AIM_MS = 3000;

export function markdown(result) {
  const { date, node, cores, platform, load_before: load, seed } = result;
  const lines = [
    '# Search benchmark',
    '',
    `Measured ${date}, Node ${node}, ${platform}, ${cores} cores (load before: ${load}), seed ${seed}. Times in milliseconds. Run it again with \`${result.command}\`; see the README one folder up.`,
  ];
  for (const library of result.libraries) {
    const limits = library.limits === undefined ? 'one to three limits' : `${library.limits} limits`;
    const { ours, peers } = library;
    lines.push('', `## ${library.title}: ${library.layers} layers x ${library.variants} variants, ${library.cases} cases of ${limits}`, '');
    lines.push(
      ...table(
        ['', 'cases', 'p50', 'p95', 'max', 'median against ours', 'equal objectives'],
        [
          ['first answer within 1 %, ours', ours.first_cases, ours.first_ms?.p50, ours.first_ms?.p95, ours.first_ms?.max, '', ''],
          ['proven optimum, ours', ours.cases, ours.solve_ms.p50, ours.solve_ms.p95, ours.solve_ms.max, '1', ''],
          ...peers.map((peer) => peerRow(peer)),
        ],
      ),
    );
    if (ours.unproven_after_2_s > 0) lines.push('', `${ours.unproven_after_2_s} of ours were not proven after 2 s.`);
    lines.push(...library.missing.map((text) => `\n${text}`));
    for (const peer of peers) {
      if (peer.times_from_earlier_runs !== undefined) lines.push('', `${peer.times_from_earlier_runs} of the times of ${peer.title} are from earlier runs.`);
    }
    lines.push(...aimLines(library));
  }
  if (result.frontier.length > 0) {
    const rows = result.frontier.map(({ library, over, points, proven, total_ms: ms }) => [library, over, points, proven, Math.round(ms)]);
    lines.push('', '## Exact frontier, from the request to the last answer', '', ...table(['library', 'over', 'levels', 'proven', 'total ms'], rows), '', `Aim: ${FRONTIER_AIM_MS} ms.`);
  }
  lines.push(
    '',
    'Ours: through `solve --cases`, from the request to the answer in the asking thread, after the worker was started and sent the library. ' +
      'Peers: one thread, gap 0, the whole binary program; the median is compared over the same cases. What is timed: ' +
      `${timedBy(result.libraries)}.`,
    '',
  );
  return lines.join('\n');
}

function peerRow(peer) {
  const { ms } = peer;
  const least = peer.median_is_at_least ? 'at least ' : '';
  const remarks = [
    `${peer.proven - peer.disagreements.length} of ${peer.proven}`,
    ...(peer.hit_limit > 0 ? [`${peer.hit_limit} at the time limit`] : []),
    ...(peer.failed > 0 ? [`${peer.failed} failed`] : []),
    ...(peer.exceeded_a_limit > 0 ? [`${peer.exceeded_a_limit} past a limit`] : []),
  ];
  return [`${peer.title} ${peer.version}`, peer.cases, ms?.p50, ms?.p95, ms?.max, peer.ratio === undefined ? '' : `${least}${peer.ratio}`, remarks.join(', ')];
}

function timedBy(libraries) {
  const peers = new Map(libraries.flatMap((library) => library.peers).map((peer) => [peer.title, peer.timed]));
  return [...peers].map(([title, timed]) => `${title}, ${timed}`).join('; ');
}

function aimLines({ id, ours, peers }) {
  const aim = AIMS[id];
  if (aim === undefined) return [];
  const checks = [
    ['first answer p95', ours.first_ms?.p95, aim.first_p95],
    ['p50', ours.solve_ms.p50, aim.p50],
    ['p95', ours.solve_ms.p95, aim.p95],
    ['max', ours.solve_ms.max, aim.max],
    ['unproven after 2 s', ours.unproven_after_2_s, aim.unproven],
  ].filter(([, , most]) => most !== undefined);
  const texts = checks.map(([name, value, most]) => `${name} <= ${most}: ${value <= most ? 'met' : `**missed, ${value}**`}`);
  if (aim.ratio !== undefined) {
    for (const { id: peer, title, ratio } of peers) {
      if (/^(highs|cbc)/.test(peer) && ratio !== undefined) texts.push(`${aim.ratio} times faster than ${title}: ${ratio >= aim.ratio ? 'met' : `**missed, ${ratio}**`}`);
    }
  }
  return ['', `Aims: ${texts.join('; ')}.`];
}

function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map((cell) => (cell === undefined ? '' : String(cell))));
  const widths = header.map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  const line = (row) => `| ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join(' | ')} |`;
  const [head, ...body] = cells;
  return [line(head), `|${widths.map((width, c) => (c === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`, ...body.map(line)];
}
