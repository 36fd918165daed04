/** Where a step's time goes: by cause for every architecture, and by layer and kernel for one. */
import { useStore } from 'zustand';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { servingViewStore } from '../../state/serving_view.ts';
import { durationText, figureText } from './figures.ts';
import { KERNEL_PARTS, STEP_PARTS, stepValue } from './kernel_parts.ts';
import { KernelStrip } from './kernel_strip.tsx';
import { selectedReport, type SectionProps } from './serving_model.ts';
import { ServedSelect } from './served_select.tsx';
import { StackBar, StackLegend } from './stack_bar.tsx';
import { Swatch } from './swatch.tsx';

export function KernelsSection({ model: { reports, serving, stale } }: SectionProps) {
  const parentLayers = useStore(engineStore, (state) => openLibrary(state)?.view.header.parent.num_hidden_layers);
  const selected = useStore(servingViewStore, (state) => state.selected);
  const one = selectedReport(reports, selected);
  const whole = Math.max(...reports.map(({ report }) => report.step_ms.total), Number.MIN_VALUE);
  return (
    <div className={stale ? 'serving-block is-stale' : 'serving-block'} data-testid="serving-steps">
      <StackLegend parts={STEP_PARTS}>
        <li className="muted">
          one step{serving.deployment.pp > 1 ? ' of the slowest stage' : ''}, end to end
          {serving.deployment.speculation !== undefined && '; drafting counts as overhead'}
        </li>
      </StackLegend>
      <div className="serving-bars">
        {reports.map((served) => (
          <div key={served.id} className="serving-bar-row">
            <span className="serving-bar-name">
              <Swatch served={served} />
              <span>{served.name}</span>
            </span>
            <StackBar
              label={served.name}
              whole={whole}
              parts={STEP_PARTS.map(({ id, label }) => {
                const value = stepValue(served.report.step_ms, id);
                return { id, label, value, text: durationText(value) };
              })}
            />
          </div>
        ))}
      </div>
      <div className="table-scroll">
        <table className="data-table serving-table">
          <caption className="visually-hidden">One step by cause, milliseconds</caption>
          <thead>
            <tr>
              <th scope="col">One step, ms</th>
              {STEP_PARTS.map(({ id, label }) => (
                <th key={id} scope="col" className="is-number">
                  {label}
                </th>
              ))}
              <th scope="col" className="is-number">
                Total
              </th>
            </tr>
          </thead>
          <tbody>
            {reports.map(({ id, name, report }) => (
              <tr key={id} data-testid={`serving-step-${id}`} data-total={report.step_ms.total}>
                <th scope="row">{name}</th>
                {STEP_PARTS.map((part) => (
                  <td key={part.id} className="is-number">
                    {figureText(stepValue(report.step_ms, part.id))}
                  </td>
                ))}
                <td className="is-number">
                  <strong>{figureText(report.step_ms.total)}</strong>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {one !== undefined && (
        <>
          <header className="serving-head">
            <h3>By layer</h3>
            <ServedSelect reports={reports} selected={one.id} />
            <span className="muted">kernels of one step, before the factor and the constant that a whole step adds</span>
          </header>
          <StackLegend parts={KERNEL_PARTS} />
          <KernelStrip key={one.id} name={one.name} layers={one.report.layers} linked={one.report.layers.length === parentLayers} stages={one.report.stages.length} />
        </>
      )}
    </div>
  );
}
