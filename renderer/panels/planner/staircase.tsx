/**
 * Which layout wins at each batch, one lane for the FFN and one for attention per phase: the staircase of the paper's
 * figure 3 (arXiv 2211.05102) as a strip. A batch of a phase can be chosen by pointer or by arrow keys.
 */
import { useId, type CSSProperties, type ReactNode } from 'react';
import { ATTENTION_LAYOUTS, FFN_LAYOUTS, type AttentionLayout, type FfnLayout, type Phase, type PlanPoint } from '../../../engine/protocol/plan.ts';
import { selectPoint } from '../../state/planner_store.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { countText, durationText } from '../serving/figures.ts';
import { LayoutSign } from './layout_look.tsx';
import { ATTENTION_WORDS, FFN_WORDS, PHASE_NAMES, layoutText, type LayoutWords } from './layout_words.ts';
import type { PhasePlan } from './planner_model.ts';
import { stairsOf, type Stair } from './stairs.ts';

interface StaircaseProps {
  readonly phases: readonly PhasePlan[];
  readonly phase: Phase;
  readonly batch: number;
}

export function Staircase({ phases, phase, batch }: StaircaseProps) {
  const group = useId();
  const batches = phases[0]?.points.map((point) => point.batch) ?? [];
  return (
    <section className="planner-strip" aria-label="Winning layouts over batch" data-testid="planner-strip" style={{ '--batches': batches.length } as CSSProperties}>
      <div className="planner-lanes" aria-hidden="true">
        <span className="planner-lane-name">Batch</span>
        {batches.map((count, place) => (
          <span key={count} className="planner-batch" style={column(place, place)}>
            {countText(count)}
          </span>
        ))}
      </div>
      {phases.map((plan) => (
        <PhaseStrip key={plan.phase} plan={plan} chosen={plan.phase === phase ? batch : undefined} group={group} />
      ))}
    </section>
  );
}

function PhaseStrip({ plan, chosen, group }: { readonly plan: PhasePlan; readonly chosen: number | undefined; readonly group: string }) {
  const { phase, points } = plan;
  const { ffn, attention } = stairsOf(points);
  return (
    <fieldset className="planner-phase" aria-label={`${PHASE_NAMES[phase]}: batch to look at`} data-testid={`planner-strip-${phase}`}>
      <div className="planner-lanes" aria-hidden="true">
        <span className="planner-lane-name" style={{ gridRow: '1' }}>
          <strong>{PHASE_NAMES[phase]}</strong> FFN
        </span>
        {ffn.map((stair) => (
          <FfnStair key={stair.first} stair={stair} phase={phase} />
        ))}
        <span className="planner-lane-name" style={{ gridRow: '2' }}>
          Attention
        </span>
        {attention.map((stair) => (
          <AttentionStair key={stair.first} stair={stair} phase={phase} />
        ))}
        <span className="planner-lane-name" style={{ gridRow: '3' }}>
          MFU
        </span>
        {points.map(({ batch, winner }, place) => (
          <span key={batch} className="planner-mfu" style={{ ...column(place, place), gridRow: 3 }}>
            {winner === undefined ? '–' : mfuText(winner.mfu)}
          </span>
        ))}
      </div>
      <div className="planner-cells">
        {points.map((point, place) => (
          <Tooltip key={point.batch} text={pointText(point)} describes={false}>
            <label className="planner-cell" style={column(place, place)} data-testid={`planner-cell-${phase}-${point.batch}`}>
              <input
                type="radio"
                name={group}
                checked={point.batch === chosen}
                aria-label={pointText(point)}
                onChange={() => selectPoint(phase, point.batch)}
              />
            </label>
          </Tooltip>
        ))}
      </div>
    </fieldset>
  );
}

interface StairProps<T> {
  readonly phase: Phase;
  readonly stair: Stair<T>;
}

function FfnStair({ phase, stair }: StairProps<FfnLayout>) {
  const { layout } = stair;
  return <StairBar phase={phase} stair={stair} lane="ffn" words={layout && FFN_WORDS[layout]} />;
}

function AttentionStair({ phase, stair }: StairProps<AttentionLayout>) {
  const { layout } = stair;
  return <StairBar phase={phase} stair={stair} lane="attention" words={layout && ATTENTION_WORDS[layout]} sign={layout && <LayoutSign attention={layout} />} />;
}

interface StairBarProps extends StairProps<string> {
  readonly lane: 'ffn' | 'attention';
  readonly words: LayoutWords | undefined;
  readonly sign?: ReactNode;
}

/** Its full name where there is room for it. */
const WIDE_STAIR = 3;
/** By width in columns. */
const UNFIT = ['none', 'no room', 'no layout fits'] as const;

function StairBar({ phase, stair: { layout, first, last, firstBatch, lastBatch }, lane, words, sign }: StairBarProps) {
  const columns = last - first + 1;
  return (
    <span
      className={layout === undefined ? 'planner-stair planner-unfit' : `planner-stair ${lane}-${layout}`}
      style={{ ...column(first, last), gridRow: lane === 'ffn' ? 1 : 2 }}
      data-testid={`planner-stair-${phase}-${lane}`}
      data-layout={layout ?? 'none'}
      data-first={firstBatch}
      data-last={lastBatch}
    >
      {sign}
      <span>{words === undefined ? UNFIT[Math.min(columns, WIDE_STAIR) - 1] : columns >= WIDE_STAIR ? words.name : words.short}</span>
    </span>
  );
}

/** Grid columns of the places of batches, behind the column of names. */
function column(first: number, last: number): CSSProperties {
  return { gridColumn: `${first + 2} / ${last + 3}` };
}

function mfuText(mfu: number): string {
  return `${mfu < 0.0995 ? (mfu * 100).toFixed(1) : Math.round(mfu * 100)} %`;
}

function pointText({ phase, batch, winner, why }: PlanPoint): string {
  const head = `${PHASE_NAMES[phase]}, batch ${countText(batch)}`;
  return winner === undefined ? `${head}: no layout fits.\n${why}` : `${head}: ${durationText(winner.step_ms)}\n${layoutText(winner.layout)}\n${why}`;
}

/** What colours and signs stand for, each with its meaning. */
export function LayoutLegend({ phases }: Pick<StaircaseProps, 'phases'>) {
  const layouts = phases.flatMap(({ points }) => points.flatMap(({ winner, runners_up: others }) => (winner === undefined ? [] : [winner.layout, ...others.map(({ layout }) => layout)])));
  return (
    <>
      <ul className="planner-legend" aria-label="FFN layouts">
        {FFN_LAYOUTS.filter((ffn) => layouts.some((layout) => layout.ffn === ffn)).map((ffn) => (
          <Entry key={ffn} sign={<LayoutSign ffn={ffn} />} words={FFN_WORDS[ffn]} />
        ))}
      </ul>
      <ul className="planner-legend" aria-label="Attention layouts">
        {ATTENTION_LAYOUTS.filter((attention) => layouts.some((layout) => layout.attention === attention)).map((attention) => (
          <Entry key={attention} sign={<LayoutSign attention={attention} />} words={ATTENTION_WORDS[attention]} />
        ))}
      </ul>
    </>
  );
}

function Entry({ sign, words }: { readonly sign: ReactNode; readonly words: LayoutWords }) {
  return (
    <li>
      <Tooltip text={words.meaning}>
        <span className="planner-legend-entry">
          {sign}
          {words.name}
        </span>
      </Tooltip>
    </li>
  );
}
