/** Parent, child as assembled and child distilled, as in Puzzle's Table 2, and how fast parent and child are. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { ThroughputReport } from '../../../engine/protocol/train.ts';
import { runStore } from '../../state/train_run_store.ts';
import { figureText, freeNumber, natsText } from '../../state/train_numbers.ts';
import { childTable, examplesPerTask, LEAST_KEPT_OF, presetCaution, reportOf, type ChildRow } from '../../state/train_tables.ts';
import { Icon } from '../../widgets/icon.tsx';
import { ChildMap } from './child_map.tsx';

export function FinalStep() {
  const rows = useChildTable();
  const throughput = useStore(runStore, ({ results }) => reportOf(results)?.throughput);
  if (rows === undefined) return <p className="muted">The table appears when parent and child were measured.</p>;
  return (
    <>
      <PresetCaution />
      <ChildTable rows={rows} />
      <ChildMap />
      {throughput !== undefined && <ThroughputTable throughput={throughput} />}
    </>
  );
}

export function useChildTable(): readonly ChildRow[] | undefined {
  const report = useStore(runStore, ({ results }) => reportOf(results));
  const examples = useExamples();
  return useMemo(() => (report === undefined ? undefined : childTable(report, examples)), [report, examples]);
}

function useExamples(): number | undefined {
  return useStore(runStore, ({ view }) => (view === undefined ? undefined : examplesPerTask(view.plan)));
}

export function PresetCaution() {
  const caution = useStore(runStore, ({ view }) => (view === undefined ? undefined : presetCaution(view.plan)));
  if (caution === undefined) return undefined;
  return (
    <p className="part-caution" data-testid="preset-caution">
      <Icon name="info" size={14} />
      {caution}
    </p>
  );
}

export function ChildTable({ rows }: { readonly rows: readonly ChildRow[] }) {
  const examples = useExamples();
  const tasks = rows.filter(({ kind }) => kind === 'accuracy');
  const unkept = tasks.some(({ kept }) => kept === undefined);
  return (
    <div className="table-scroll">
      <table className="data-table train-table child-table" data-testid="child-table">
        <caption>
          Held-out text{tasks.length > 0 && (examples === undefined ? ' and task examples' : ` and ${freeNumber(examples)} examples per task; ±: standard error of an accuracy of so many`)}; green and red: distilled against assembled
          {unkept && `; kept: only where the parent has at least ${Math.round(100 * LEAST_KEPT_OF)} %`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col" className="is-number">
              Parent
            </th>
            <th scope="col" className="is-number">
              Child, assembled
            </th>
            <th scope="col" className="is-number">
              Child, distilled
            </th>
            <th scope="col" className="is-number">
              Kept
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row: { id, label, kind, parent, before, after, kept, errors } }: { readonly row: ChildRow }) {
  const accuracy = kind === 'accuracy' || kind === 'mean';
  const text = (value: number): string => (Number.isNaN(value) ? '–' : accuracy ? `${(100 * value).toFixed(1)} %` : kind === 'loss' ? natsText(value) : figureText(value));
  // Empty ones keep the figures above each other.
  const spread = (of: 'parent' | 'before' | 'after') => errors !== undefined && <small className="muted">{errors[of] !== undefined && `± ${(100 * errors[of]).toFixed(1)}`}</small>;
  // Accuracy is better high, losses low.
  const gained = accuracy ? after > before : after < before;
  return (
    <tr className={kind === 'mean' ? 'child-mean' : undefined} data-testid={`child-${id}`}>
      <th scope="row">{label}</th>
      <td className="is-number">
        {text(parent)}
        {spread('parent')}
      </td>
      <td className="is-number">
        {text(before)}
        {spread('before')}
      </td>
      <td className={after === before ? 'is-number' : `is-number ${gained ? 'is-better' : 'is-worse'}`} data-value={after}>
        {text(after)}
        {spread('after')}
      </td>
      <td className="is-number">{kept === undefined ? '' : <strong>{(100 * kept).toFixed(1)} %</strong>}</td>
    </tr>
  );
}

const PHASES = [
  { id: 'total', label: 'All' },
  { id: 'prefill', label: 'Prompt (prefill)' },
  { id: 'decode', label: 'Generated (decode)' },
] as const;

/** Tokens per second of parent and distilled child: measured here, and as the library predicts them here and on the target. */
export function ThroughputTable({ throughput }: { readonly throughput: ThroughputReport }) {
  const { batch, isl, osl, rounds, not_measured: why, device, target_device: target } = throughput;
  const how = why === undefined ? `Measured from end to end with ${device}: medians of ${rounds} rounds in which parent and child took turns; beside the ratio, the middle half of those within single rounds` : `Not measured here: ${why.replace(/\.$/, '')}`;
  return (
    <>
      <p className="part-note muted" data-testid="throughput-note">
        A batch of {batch}, {isl} prompt and {osl} generated tokens each. {how}. Predicted: summed over the blocks and what is outside them, from times measured one by one, or for {target} from the cost model’s in the steady state.
      </p>
      <div className="table-scroll">
        <table className="data-table train-table" data-testid="throughput-table">
          <caption>Tokens per second, parent and distilled child</caption>
          <thead>
            <tr>
              <th scope="col">Tokens</th>
              <th scope="col">Known</th>
              <th scope="col" className="is-number">
                Parent
              </th>
              <th scope="col" className="is-number">
                Child
              </th>
              <th scope="col" className="is-number">
                Ratio
              </th>
            </tr>
          </thead>
          <tbody>
            {PHASES.flatMap(({ id, label }) => ratesOf(throughput, id).map((rates, i) => <RatesRow key={rates.id} label={label} first={i === 0} rates={rates} />))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface Rates {
  readonly id: string;
  readonly known: string;
  readonly estimated: boolean;
  readonly parent: number;
  readonly child: number;
  readonly ratio: number;
  readonly quartiles?: readonly [number, number] | undefined;
}

/** What is known of the tokens of one phase, the measured first. */
function ratesOf({ parent, child, ratio, target_device: target }: ThroughputReport, phase: (typeof PHASES)[number]['id']): readonly Rates[] {
  const rows: Rates[] = [];
  if (parent.measured_tok_s !== undefined && child.measured_tok_s !== undefined && ratio.measured !== undefined) {
    rows.push({ id: `measured-${phase}`, known: 'measured', estimated: false, parent: parent.measured_tok_s[phase], child: child.measured_tok_s[phase], ratio: ratio.measured[phase], quartiles: ratio.measured_quartiles?.[phase] });
  }
  rows.push({ id: `predicted-${phase}`, known: 'predicted', estimated: true, parent: parent.predicted_tok_s[phase], child: child.predicted_tok_s[phase], ratio: ratio.predicted[phase] });
  if (phase === 'total') rows.push({ id: 'target', known: `for ${target}`, estimated: true, parent: parent.target_tok_s.total, child: child.target_tok_s.total, ratio: ratio.target.total });
  return rows;
}

function RatesRow({ label, first, rates: { id, known, estimated, parent, child, ratio, quartiles } }: { readonly label: string; readonly first: boolean; readonly rates: Rates }) {
  const shown = (text: string) => (estimated ? <span className="estimated">{text}</span> : text);
  return (
    <tr data-testid={`throughput-${id}`}>
      <th scope="row" className={first ? undefined : 'muted'}>
        {label}
      </th>
      <td>{known}</td>
      <td className="is-number">{shown(freeNumber(Number(parent.toPrecision(4))))}</td>
      <td className="is-number">{shown(freeNumber(Number(child.toPrecision(4))))}</td>
      <td className="is-number" data-value={ratio}>
        {quartiles !== undefined && <span className="muted">{`${quartiles[0].toFixed(2)} to ${quartiles[1].toFixed(2)}  `}</span>}
        {shown(`${ratio.toFixed(2)} ×`)}
        {quartiles !== undefined && quartiles[0] < 1 && quartiles[1] > 1 && <span className="muted"> no clear difference</span>}
      </td>
    </tr>
  );
}
