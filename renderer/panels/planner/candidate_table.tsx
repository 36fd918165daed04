/** The layouts of one phase and batch: the winner, what the others would take, and what has no room. */
import { Fragment } from 'react';
import type { PlanCandidate, PlanPoint, PlanResult, PlanDiscard } from '../../../engine/protocol/plan.ts';
import { formatPercent } from '../../state/format.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { bytesText, countText, figureText } from '../serving/figures.ts';
import { StackBar } from '../serving/stack_bar.tsx';
import { CAUSES, CAUSE_WORDS, causeDetail, causeMs, memoryParts, msText, numberIn, timeParts, timeUnit, usedBytes, type TimeUnit } from './breakdown.ts';
import { costMs } from './cost_figure.ts';
import { LayoutSign } from './layout_look.tsx';
import { ATTENTION_WORDS, FFN_WORDS, layoutMeaning, meshText } from './layout_words.ts';
import type { Unit } from './planner_model.ts';

interface TableProps {
  readonly point: PlanPoint;
  readonly plan: PlanResult;
  readonly unit: Unit;
  readonly stale: boolean;
}

const COLUMNS = 13;

export function CandidateTable({ point, plan, unit, stale }: TableProps) {
  const { winner, runners_up: runnersUp, phase, discarded } = point;
  if (winner === undefined) return <NoLayout point={point} stale={stale} />;
  const slowest = Math.max(winner.step_ms, ...runnersUp.map(({ step_ms: ms }) => ms));
  const time = timeUnit(slowest);
  const hides = [winner, ...runnersUp].some(({ breakdown_ms: { hidden } }) => hidden > 0);
  return (
    <div className={stale ? 'table-scroll is-stale' : 'table-scroll'}>
      <table className="data-table planner-table" data-testid="planner-table">
        <caption className="visually-hidden">Layouts for the chosen batch, the fastest first</caption>
        <thead>
          <tr>
            <th scope="col">Layout</th>
            <Head label="Time" unit={time.name} title={phase === 'prefill' ? 'For all prompts of the batch' : 'For one token of every sequence'} />
            {CAUSES.map((cause) => (
              <Head key={cause} label={CAUSE_WORDS[cause].name} unit={time.name} title={CAUSE_WORDS[cause].meaning} sign={cause} />
            ))}
            <Head label="MFU" title="Operations of the model, two per parameter and token, over what the chips could do" />
            <Head label="Cost" unit={`${unit}-ms`} title={`${unit}s times time, per ${phase === 'prefill' ? 'prompt' : 'generated'} token`} />
            <Head label="Rate" unit="tok/s" title={phase === 'prefill' ? 'Prompt tokens per second' : 'Generated tokens per second'} />
            <Head label="Memory" unit={`per ${unit}`} title="Weights, keys and values, activations and collected weights, and what is kept free" />
            <Head label="Max" unit="batch" title="Sequences that fit into memory under this layout" />
            <Head label="Max" unit="context" title={`Tokens per sequence at this batch whose keys and values fill ${Math.round(plan.settings.kv_memory_share * 100)} % of the memory`} />
          </tr>
        </thead>
        <tbody>
          <Row candidate={winner} rank={0} slowest={slowest} time={time} hides={hides}>
            {point.why}
          </Row>
          {runnersUp.map((other, place) => (
            <Row key={`${other.layout.ffn} ${other.layout.attention}`} candidate={other} rank={place + 1} slowest={slowest} time={time} hides={hides} slowerBy={other.slower_by}>
              {other.why}
            </Row>
          ))}
        </tbody>
      </table>
      {discarded.length > 0 && (
        <p className="planner-discards muted" data-testid="planner-discards">
          {discardText(discarded, plan, unit)}
        </p>
      )}
    </div>
  );
}

function NoLayout({ point: { why, discarded }, stale }: { readonly point: PlanPoint; readonly stale: boolean }) {
  return (
    <p className={stale ? 'planner-nothing is-stale' : 'planner-nothing'} role="status" data-testid="planner-nothing">
      {why}
      {discarded.length > 0 && ` ${countText(discarded.reduce((sum, { layouts }) => sum + layouts, 0))} layouts were tried.`}
    </p>
  );
}

interface HeadProps {
  readonly label: string;
  readonly unit?: string;
  readonly title: string;
  /** Its colour in the bars. */
  readonly sign?: string;
}

function Head({ label, unit, title, sign }: HeadProps) {
  return (
    <th scope="col" className="is-number" title={title}>
      {sign !== undefined && <span className={`stack-key stack-plan-${sign}`} aria-hidden="true" />} {label} {unit !== undefined && <small>{unit}</small>}
    </th>
  );
}

interface RowProps {
  readonly candidate: PlanCandidate;
  /** 0 for the winner. */
  readonly rank: number;
  /** Milliseconds that the full width of the bar stands for. */
  readonly slowest: number;
  readonly time: TimeUnit;
  /** Some candidate has work that runs beside other work. */
  readonly hides: boolean;
  readonly slowerBy?: number;
  /** Why it won or lost. */
  readonly children: string;
}

function Row({ candidate, rank, slowest, time, hides, slowerBy, children }: RowProps) {
  const { layout, passes, step_ms: ms, breakdown_ms: breakdown, memory_per_chip: memory } = candidate;
  const causes = causeMs(breakdown);
  const whole = Math.max(slowest, slowest + (hides ? breakdown.hidden : 0));
  return (
    <Fragment>
      <tr className={rank === 0 ? 'planner-row is-winner' : 'planner-row'} data-testid={rank === 0 ? 'planner-winner' : `planner-runner-${rank}`} data-ffn={layout.ffn} data-attention={layout.attention} data-value={ms}>
        <th scope="row">
          <Tooltip text={layoutMeaning(layout)}>
            <span className="planner-layout">
              <LayoutSign ffn={layout.ffn} attention={layout.attention} />
              <span>{FFN_WORDS[layout.ffn].name}</span>
              {rank === 0 && <Badge text="best" tone="ok" />}
            </span>
          </Tooltip>
          <small>
            {meshText(layout.mesh)}, {ATTENTION_WORDS[layout.attention].name.toLowerCase().replace('kv', 'KV')}
            {passes > 1 && `, ${passes} passes`}
          </small>
        </th>
        <td className="is-number">
          <strong className="estimated">{numberIn(time, ms)}</strong>
          {slowerBy !== undefined && <small>{slowerText(slowerBy)}</small>}
        </td>
        {CAUSES.map((cause) => (
          <td key={cause} className="is-number" title={causeDetail(breakdown, cause)}>
            <span className={causes[cause] === 0 ? 'planner-zero' : 'estimated'}>{numberIn(time, causes[cause])}</span>
          </td>
        ))}
        <td className="is-number">
          <span className="estimated">{formatPercent(candidate.mfu)}</span>
        </td>
        <td className="is-number">
          <span className="estimated">{figureText(costMs(candidate))}</span>
        </td>
        <td className="is-number">
          <span className="estimated">{figureText(candidate.tok_s)}</span>
        </td>
        <td className="planner-memory">
          <span>
            <span className="estimated">{gigabytes(usedBytes(memory))}</span> of {gigabytes(memory.capacity_bytes)} GB
          </span>
          <StackBar parts={memoryParts(memory)} whole={memory.capacity_bytes} label="Memory" />
        </td>
        <td className="is-number">
          <span className="estimated">{countText(candidate.max_batch)}</span>
        </td>
        <td className="is-number">
          <span className="estimated">{candidate.max_context_tokens === undefined ? 'any' : countText(candidate.max_context_tokens)}</span>
        </td>
      </tr>
      <tr className="planner-why">
        <td colSpan={COLUMNS}>
          <div className="planner-why-line">
            <div className="planner-time-bar">
              <StackBar parts={timeParts(candidate)} whole={whole} label="Time" />
            </div>
            {breakdown.hidden > 0 ? `${children} ${msText(breakdown.hidden)} of the bar runs beside something longer.` : children}
          </div>
        </td>
      </tr>
    </Fragment>
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

/** As the reasons say it, in short. */
function slowerText(by: number): string {
  if (by < 5e-5) return 'equally fast';
  return by < 1 ? `+${formatPercent(by)}` : `× ${(1 + by).toPrecision(2)}`;
}

const LACKS: Readonly<Record<PlanDiscard['reason'], string>> = { weights: 'weights', kv: 'keys and values', buffers: 'activations and collected weights' };

function discardText(discarded: readonly PlanDiscard[], { layouts, hardware, settings }: PlanResult, unit: Unit): string {
  const left = discarded.reduce((sum, discard) => sum + discard.layouts, 0);
  const usable = hardware.memory_bytes * (1 - settings.reserve_share);
  const parts = discarded.map(({ reason, layouts: count, least_bytes_per_chip: least }) => `${countText(count)} for ${LACKS[reason]} (at least ${bytesText(least)})`);
  return `Of ${countText(layouts)} layouts ${countText(left)} ${left === 1 ? 'has' : 'have'} no room in the ${bytesText(usable)} that a ${unit} can give: ${parts.join(', ')}.`;
}
