/** What came of a run: the child in figures, how it compares, and where to go from there. */
import { useStore } from 'zustand';
import type { Plan } from '../../../engine/protocol/train.ts';
import { openRunLibrary } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { headline } from '../../state/train_headline.ts';
import { differenceText, durationText } from '../../state/train_numbers.ts';
import { METHOD_NAMES, methodTable, reportOf, type PartialReport } from '../../state/train_tables.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { ChildMap } from './child_map.tsx';
import { Experiments } from './experiments.tsx';
import { ExportStep } from './export_step.tsx';
import { ChildTable, PresetCaution, useChildTable } from './final_step.tsx';

export function ResultView({ id }: { readonly id: string }) {
  const report = useStore(runStore, ({ results }) => reportOf(results));
  const whole = useStore(runStore, ({ results }) => results?.report !== undefined);
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const done = useStore(runStore, ({ view }) => view?.progress.state === 'done');
  const problem = useStore(runStore, (state) => state.resultsError);
  const rows = useChildTable();
  if (plan === undefined) return undefined;
  if (!whole || report === undefined) {
    if (done && problem !== undefined) return <EmptyState icon="alert" title="What came of it cannot be read" text={`${problem.message} ${problem.hint ?? ''}`} testId="result-failed" />;
    return done ? <EmptyState busy title="Reading what came of it…" /> : <EmptyState icon="info" title="Nothing has come of it yet" text="The child, how it compares with its parent, and its files are here when the run is done." testId="result-none" />;
  }
  const figures = headline(report, plan);
  return (
    <div className="result" data-testid="result">
      <header className="part-head">
        <h2>The child</h2>
        <span className="part-clock">{Object.values(report.seconds ?? {}).length > 0 && durationText(Object.values(report.seconds ?? {}).reduce((sum, seconds) => sum + seconds, 0))}</span>
        <p className="part-purpose muted">{sentence(report, plan)}</p>
      </header>
      <PresetCaution />
      <dl className="result-figures">
        {figures.map(({ name, value, note }) => (
          <div key={name} className="result-figure">
            <dt>{name}</dt>
            <dd>{value}</dd>
            <dd className="muted">{note}</dd>
          </div>
        ))}
      </dl>
      <div className="part-actions">
        <Button variant="primary" icon="library" onClick={() => void openRunLibrary(id)} data-testid="result-open-library">
          Open the measured library in the Explorer
        </Button>
      </div>
      <ChildMap />
      {rows !== undefined && <ChildTable rows={rows} />}
      <Experiments id={id} />
      <h3 className="result-head">Files</h3>
      <ExportStep id={id} />
    </div>
  );
}

function sentence({ limits }: PartialReport, plan: Plan): string {
  const table = limits === undefined ? undefined : methodTable(limits);
  const limit = plan.limits[plan.chosen_limit];
  const within = limit === undefined ? '' : `Found within ${Math.round(100 * limit.params)} % of the parent’s parameters and ${Math.round(100 * limit.kv)} % of its KV cache`;
  const others = (table?.means ?? []).flatMap((cell, i) => (i === 0 || cell?.difference === undefined ? [] : [{ difference: cell.difference, method: table?.methods[i] ?? '' }]));
  const next = others.reduce<(typeof others)[number] | undefined>((best, one) => (best === undefined || one.difference < best.difference ? one : best), undefined);
  if (next === undefined || next.difference <= 0) return `${within}.`;
  return `${within}. Over all limits the next best method, ${(METHOD_NAMES[next.method] ?? next.method).toLowerCase().replace('params', 'parameters')}, has ${next.difference >= 9 ? `${differenceText(next.difference)} the KL` : `${differenceText(next.difference).replace('+', '')} more KL`} from the parent than the search, before distillation.`;
}
