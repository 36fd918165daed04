/** What came of a run: the child in figures, how it compares, and where to go from there. */
import { useStore } from 'zustand';
import type { Plan } from '../../../engine/protocol/train.ts';
import { formatCount } from '../../state/format.ts';
import { openRunLibrary } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { differenceText, durationText, figureText, natsText } from '../../state/train_numbers.ts';
import { keptShare, METHOD_NAMES, methodTable, reportOf, type PartialReport } from '../../state/train_tables.ts';
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

interface Headline {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** The most that stand in two full rows. */
const HEADLINES = 6;

function headline({ limits, child, parent, additivity, bld, throughput }: PartialReport, plan: Plan): readonly Headline[] {
  const chosen = limits?.[plan.chosen_limit] ?? limits?.[0];
  const figures: Headline[] = [];
  if (chosen !== undefined) {
    const parentParams = chosen.limits.find(({ column }) => column === 'num_params');
    const share = parentParams === undefined ? undefined : (chosen.child.num_params * chosen.params) / parentParams.max;
    figures.push({ name: 'Parameters', value: formatCount(chosen.child.num_params), note: share === undefined ? '' : `${(100 * share).toFixed(0)} % of the parent’s; KV cache ≤ ${Math.round(100 * chosen.kv)} %` });
  }
  if (child !== undefined) {
    figures.push({ name: 'KL from the parent', value: figureText(child.kl_after), note: `${differenceText(child.kl_after / child.kl_before - 1)} by distillation` });
    if (parent !== undefined) figures.push({ name: 'LM loss', value: natsText(child.loss_after), note: `parent ${natsText(parent.loss)}, nats per token` });
  }
  const kept = child === undefined || parent === undefined ? undefined : keptOf(parent.tasks, child.tasks);
  if (kept !== undefined) figures.push({ name: 'Accuracy kept', value: `${(100 * kept).toFixed(1)} %`, note: 'mean over the tasks' });
  if (throughput !== undefined) {
    const { measured, predicted } = throughput.ratio;
    figures.push({ name: 'Throughput', value: `${(measured ?? predicted).total.toFixed(2)} ×`, note: measured === undefined ? 'the parent’s, predicted' : `the parent’s; predicted ${predicted.total.toFixed(2)} ×` });
  }
  if (additivity?.spearman !== undefined) figures.push({ name: 'Additivity', value: additivity.spearman.toFixed(3), note: `Spearman over ${additivity.n} children` });
  if (bld !== undefined && bld.trained > 0) figures.push({ name: 'Blocks', value: `${bld.improved} of ${bld.trained}`, note: 'better than as initialised' });
  return figures.slice(0, HEADLINES);
}

function keptOf(parent: Readonly<Record<string, number>>, child: Readonly<Record<string, number>>): number | undefined {
  const tasks = Object.keys(parent).filter((task) => task in child);
  const sum = (of: Readonly<Record<string, number>>): number => tasks.reduce((total, task) => total + of[task], 0);
  return tasks.length === 0 ? undefined : keptShare(sum(parent) / tasks.length, sum(child) / tasks.length);
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
