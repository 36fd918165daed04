/** The paper's ablations as questions to a run that is done: one press asks, a table answers. */
import { useState } from 'react';
import { useStore } from 'zustand';
import { beginExperiment } from '../../state/train_actions.ts';
import { EXPERIMENT_INFOS, type ExperimentInfo } from '../../state/train_experiment.ts';
import { readCount } from '../../state/train_numbers.ts';
import { isUnderWay } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';
import { reportOf } from '../../state/train_tables.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';

const USUAL_SEEDS = 3;

export function Experiments({ id }: { readonly id: string }) {
  const [seeds, setSeeds] = useState(USUAL_SEEDS);
  const free = useStore(runStore, ({ view }) => view !== undefined && !isUnderWay(view.progress) && view.progress.read_only === undefined);
  return (
    <section className="experiments" aria-label="Experiments" data-testid="experiments">
      <header className="experiments-head">
        <h3 className="result-head">Experiments on this parent</h3>
        <span className="experiments-seeds">
          Seeds of each
          <span className="small-field">
            <NumberField label="Seeds of each experiment" value={seeds} unit="" step={1} check={(value) => problemOf(value)} onCommit={setSeeds} testId="experiment-seeds" />
          </span>
        </span>
      </header>
      <ul className="experiment-cards">
        {EXPERIMENT_INFOS.map((info) => (
          <Card key={info.id} info={info} free={free} onAsk={() => void beginExperiment(id, info.id, seeds)} />
        ))}
      </ul>
    </section>
  );
}

function problemOf(seeds: number): string | undefined {
  const read = readCount(String(seeds), 1, 20);
  return read.kind === 'ok' ? undefined : read.why;
}

function Card({ info: { id, title, line, cost }, free, onAsk }: { readonly info: ExperimentInfo; readonly free: boolean; readonly onAsk: () => void }) {
  const answered = useStore(runStore, ({ results }) => reportOf(results)?.experiments?.find((report) => report.id === id)?.seeds);
  return (
    <li className="experiment-card" data-testid={`experiment-card-${id}`} data-answered={answered !== undefined}>
      <strong>{title}</strong>
      <span className="muted">
        {line} Costs: {cost}.
      </span>
      <span className="experiment-actions">
        {answered !== undefined && (
          <Button onClick={() => viewStore.setState({ runPart: `experiment_${id}` })} data-testid={`experiment-show-${id}`}>
            See the table
          </Button>
        )}
        <Button variant={answered === undefined ? 'default' : 'ghost'} disabled={!free} onClick={onAsk} data-testid={`experiment-run-${id}`}>
          {answered === undefined ? 'Run' : 'Again'}
        </Button>
      </span>
    </li>
  );
}
