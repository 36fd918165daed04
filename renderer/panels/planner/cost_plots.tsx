/** Cost against latency, prefill and decode side by side. */
import { useMemo, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { Phase, PlanPoint } from '../../../engine/protocol/plan.ts';
import { selectPoint } from '../../state/planner_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { countText, durationText, figureText } from '../serving/figures.ts';
import { PointPlot } from '../serving/point_plot.tsx';
import { formatPercent } from '../../state/format.ts';
import { batchOf, costFigure, costMs, type OtherChips } from './cost_figure.ts';
import { PHASE_NAMES, layoutText } from './layout_words.ts';
import type { PhasePlan, PlannerModel, Unit } from './planner_model.ts';

interface CostPlotsProps {
  readonly model: PlannerModel;
  readonly phase: Phase;
  readonly batch: number;
  readonly others: readonly (readonly OtherChips[])[];
  readonly stale: boolean;
}

export function CostPlots({ model, phase, batch, others, stale }: CostPlotsProps) {
  return (
    <div className="serving-pair planner-plots">
      {model.phases.map((plan, place) => (
        <CostPlot key={plan.phase} model={model} plan={plan} others={others[place] ?? NONE} chosen={plan.phase === phase ? batch : undefined} stale={stale} />
      ))}
    </div>
  );
}

const NONE: readonly OtherChips[] = [];

interface CostPlotProps {
  readonly model: PlannerModel;
  readonly plan: PhasePlan;
  readonly others: readonly OtherChips[];
  readonly chosen: number | undefined;
  readonly stale: boolean;
}

function CostPlot({ model: { unit, plan: { band, chips } }, plan, others, chosen, stale }: CostPlotProps) {
  const theme = useStore(themeStore, (state) => state.theme);
  const { figure, spots } = useMemo(() => costFigure({ plan, chips, others, unit, band, chosen }, theme), [plan, chips, others, unit, band, chosen, theme]);
  const { phase, points } = plan;
  return (
    <div className="planner-plot">
      <h3>{PHASE_NAMES[phase]}</h3>
      <div className="serving-plot">
        <PointPlot
          figure={figure}
          spots={spots}
          label={`${PHASE_NAMES[phase]}: cost of a token against latency, over batch`}
          stale={stale}
          card={costCard(points, unit)}
          onChoose={(id) => selectPoint(phase, batchOf(id))}
          testId={`planner-plot-${phase}`}
        />
      </div>
    </div>
  );
}

function costCard(points: readonly PlanPoint[], unit: Unit): (id: string) => ReactNode {
  return (id) => {
    const point = points.find(({ batch }) => batch === batchOf(id));
    return point === undefined ? undefined : <CostCard point={point} unit={unit} />;
  };
}

function CostCard({ point: { phase, batch, winner, on_frontier: onFrontier }, unit }: { readonly point: PlanPoint; readonly unit: Unit }) {
  if (winner === undefined) return undefined;
  const rows = [
    [phase === 'prefill' ? 'Prompts of the batch' : 'Step', durationText(winner.step_ms)],
    ['Cost', `${figureText(costMs(winner))} ${unit}-ms per token`],
    ['MFU', formatPercent(winner.mfu)],
    [phase === 'prefill' ? 'Prompt tokens' : 'Generated tokens', `${figureText(winner.tok_s)} tok/s`],
  ] as const;
  return (
    <div className="card" role="status">
      <header>
        <strong>
          {PHASE_NAMES[phase]}, batch {countText(batch)}
        </strong>
      </header>
      <p className="card-note">{layoutText(winner.layout)}</p>
      <table>
        <tbody>
          {rows.map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="estimated">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!onFrontier && (
        <footer>
          <span>Another batch is both faster and cheaper</span>
        </footer>
      )}
    </div>
  );
}
