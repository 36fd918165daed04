/** Runs one peer on the cases and holds its answers against ours. */
import { performance } from 'node:perf_hooks';
import { quantile, round, spread } from './figures.mjs';
import { evaluate, fingerprint } from './model.mjs';

/** Objectives agree within this share of them. */
const AGREES_WITHIN = 1e-6;
/** Where a peer's answer exceeds a limit by its own tolerances, it is asked again with these, untimed. */
const TIGHT = 1e-9;

/**
 * @param questions {index, model, ours} in the order to ask them
 * @param limitSeconds per case
 * @param budgetSeconds after which no further case is begun
 * @param cache answers of earlier runs by program, or undefined
 */
export async function comparePeer(peer, session, questions, { limitSeconds, budgetSeconds, cache, progress }) {
  const startedAt = performance.now();
  const times = [];
  const oursThere = [];
  const tally = { optimal: 0, limit: 0, failed: 0, exceeded: 0 };
  const disagreements = [];
  let worst = 0;
  let cached = 0;
  for (const { index, model, ours } of questions) {
    if (performance.now() - startedAt > budgetSeconds * 1000) break;
    const { answer, fromCache } = await answerOf(peer, session, model, limitSeconds, cache);
    if (fromCache) cached++;
    progress(`${peer.title}: ${times.length + 1} of ${questions.length}, ${answer.status} in ${round(answer.ms)} ms`);
    times.push(answer.status === 'failed' ? limitSeconds * 1000 : answer.ms);
    oursThere.push(ours.solve_ms);
    const verdict = judge(model, answer, ours);
    tally[verdict.kind]++;
    if (verdict.difference !== undefined) worst = Math.max(worst, verdict.difference);
    if (verdict.disagreement !== undefined) disagreements.push(`case ${index}: ${verdict.disagreement}`);
  }
  return {
    id: peer.id,
    title: peer.title,
    version: session.version,
    timed: peer.timed,
    cases: times.length,
    ms: spread(times),
    /** A time limit or a failure stands for at least so long. */
    median_is_at_least: tally.limit + tally.failed > times.length / 2,
    ours_ms: spread(oursThere),
    ratio: times.length === 0 ? undefined : round(quantile(times, 0.5) / quantile(oursThere, 0.5)),
    proven: tally.optimal,
    hit_limit: tally.limit,
    failed: tally.failed,
    exceeded_a_limit: tally.exceeded,
    largest_difference: worst,
    ...(cached === 0 ? {} : { times_from_earlier_runs: cached }),
    disagreements,
  };
}

async function answerOf(peer, session, model, limitSeconds, cache) {
  const key = `${peer.id} ${session.version} ${limitSeconds} ${fingerprint(model)}`;
  const known = cache?.get(key);
  if (known !== undefined) return { answer: known, fromCache: true };
  const answer = await session.solve(model, { limitSeconds });
  const exceeds = answer.status === 'optimal' && evaluate(model, answer.chosen).exceeded.length > 0;
  const tight = exceeds ? await session.solve(model, { limitSeconds, tolerance: TIGHT }) : undefined;
  // The time stays that of the first, as it comes.
  const kept = tight?.status === 'optimal' ? { ...tight, ms: answer.ms } : answer;
  await cache?.set(key, kept);
  return { answer: kept, fromCache: false };
}

/** What a peer's answer says about ours: equal, not excluded, or a disagreement. */
function judge(model, { status, bound, chosen }, { status: ourStatus, objective: our, gap }) {
  const { complete, objective, exceeded } = evaluate(model, chosen);
  const tolerance = AGREES_WITHIN * Math.max(Math.abs(our ?? 0), Math.abs(complete ? objective : 0), 1e-9);
  if (status === 'infeasible' || ourStatus === 'infeasible') {
    return { kind: 'optimal', ...(status === ourStatus ? {} : { disagreement: `it says ${status}, ours ${ourStatus}` }) };
  }
  if (status === 'failed') return { kind: 'failed' };
  // What no child can beat, ours does not; with a time limit the peer's child and bound still enclose the optimum.
  if (bound !== undefined && our < bound - tolerance) return { kind: status, disagreement: `ours ${our} is better than its bound ${bound}` };
  if (!complete) return { kind: status === 'limit' ? 'limit' : 'failed' };
  if (exceeded.length > 0) {
    const over = exceeded.map(({ column, share }) => `${column} by ${share.toExponential(1)} of it`).join(', ');
    return { kind: 'exceeded', ...(objective > our + tolerance ? { disagreement: `its child exceeds ${over} and is still worse, ${objective} against ${our}` } : {}) };
  }
  const ourBound = our - gap * Math.abs(our);
  if (objective < ourBound - tolerance) return { kind: status, disagreement: `its child has ${objective}, ours is said to be at least ${ourBound}` };
  if (status === 'limit') return { kind: 'limit' };
  if (ourStatus !== 'optimal') return { kind: status };
  const difference = Math.abs(objective - our) / Math.max(Math.abs(our), 1e-9);
  return { kind: status, difference, ...(Math.abs(objective - our) > tolerance ? { disagreement: `its optimum is ${objective}, ours ${our}` } : {}) };
}
