/** The answer of the planner: strip, plots, table of one batch, notes. */
import type { Phase } from '../../../engine/protocol/plan.ts';
import { BATCHES, MOST_CHIPS, plannerStore, selectPoint } from '../../state/planner_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { Select } from '../../widgets/select.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { countText } from '../serving/figures.ts';
import { ProvenanceChip } from '../serving/provenance_chip.tsx';
import { CandidateTable } from './candidate_table.tsx';
import type { OtherChips } from './cost_figure.ts';
import { CostPlots } from './cost_plots.tsx';
import { PHASE_NAMES } from './layout_words.ts';
import { LayoutGuide, PlanNotes } from './plan_notes.tsx';
import { chipsThatMightFit, nothingFits, pointAt, unitsText, type PlannerModel } from './planner_model.ts';
import { LayoutLegend, Staircase } from './staircase.tsx';

interface PlanViewProps {
  readonly model: PlannerModel;
  readonly phase: Phase;
  readonly batch: number;
  /** By phase. */
  readonly others: readonly (readonly OtherChips[])[];
  readonly otherChips: boolean;
  readonly stale: boolean;
  readonly onChips: (chips: number) => void;
}

export function PlanView({ model, phase, batch, others, otherChips, stale, onChips }: PlanViewProps) {
  const { plan, phases, unit } = model;
  const point = pointAt(phases, phase, batch);
  const beaten = phases.some(({ points }) => points.some(({ winner, on_frontier: best }) => winner !== undefined && !best));
  if (nothingFits(phases)) return <NothingFits model={model} stale={stale} onChips={onChips} />;
  return (
    <div className="planner-view" data-testid="planner-view" data-stale={stale} aria-busy={stale}>
      <header className="serving-head">
        <h3>Best layout by batch</h3>
        <span className="muted">
          {plan.model.name} on {unitsText(plan.chips, unit)}
        </span>
        <ProvenanceChip provenance={plan.provenance} />
        <Tooltip text={plan.band.reasons.join('\n')}>
          <span className="muted">
            measured times: {plan.band.low} to {plan.band.high} × these
          </span>
        </Tooltip>
      </header>
      <div className={stale ? 'is-stale' : undefined}>
        <Staircase phases={phases} phase={phase} batch={batch} />
        <LayoutLegend phases={phases} />
      </div>
      <header className="serving-head">
        <h3>Cost against latency</h3>
        <span className="muted">
          Numbers are batches.{beaten && ' Hollow: another batch is both faster and cheaper.'} The bar through the chosen mark is the band.
        </span>
        <label className="serving-check">
          <input type="checkbox" checked={otherChips} onChange={(event) => plannerStore.setState({ otherChips: event.target.checked })} data-testid="planner-other-chips" />
          Half and double the {unit}s
        </label>
      </header>
      <CostPlots model={model} phase={phase} batch={batch} others={others} stale={stale} />
      <header className="serving-head">
        <h3>Layouts at one batch</h3>
        <Segmented
          label="Phase"
          value={phase}
          options={phases.map((one) => ({ value: one.phase, label: PHASE_NAMES[one.phase] }))}
          onChange={(next) => selectPoint(next, batch)}
          testId="planner-phase"
        />
        <Select
          label="Batch"
          value={String(batch)}
          options={BATCHES.map((count) => ({ value: String(count), label: countText(count) }))}
          onChange={(next) => selectPoint(phase, Number(next))}
          testId="planner-batch"
        />
      </header>
      {point !== undefined && <CandidateTable point={point} plan={plan} unit={unit} stale={stale} />}
      <PlanNotes plan={plan} stale={stale} />
      <LayoutGuide />
    </div>
  );
}

function NothingFits({ model, stale, onChips }: Pick<PlanViewProps, 'model' | 'stale' | 'onChips'>) {
  const { plan, phases, unit } = model;
  const chips = chipsThatMightFit(model, MOST_CHIPS);
  return (
    <EmptyState
      icon="alert"
      busy={stale}
      title={`${plan.model.name} does not fit on ${unitsText(plan.chips, unit)}`}
      text={phases[0]?.points[0]?.why}
      actions={chips !== undefined && <Button onClick={() => onChips(chips)}>{`Try ${unitsText(chips, unit)}`}</Button>}
      testId="planner-unfit"
    />
  );
}
