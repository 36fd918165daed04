/** How long sub-blocks take: measured on this computer, and by the cost model on the target device. */
import { useStore } from 'zustand';
import type { BlockTimes } from '../../../engine/protocol/train.ts';
import type { TargetTimes } from '../../../engine/protocol/train_api.ts';
import { attentionId, ffnId } from '../../../engine/protocol/variant.ts';
import { runStore } from '../../state/train_run_store.ts';
import { figureText } from '../../state/train_numbers.ts';

export function TimesStep() {
  const times = useStore(runStore, ({ results }) => results?.times);
  const target = useStore(runStore, ({ results }) => results?.targets[0]);
  if (times === undefined) return <p className="muted">The table appears when every sub-block was timed.</p>;
  return (
    <>
      <p className="part-note muted">
        A batch of {times.batch}, {times.isl} prompt and {times.osl} generated tokens. Measured: medians, with {times.device.line}.{target !== undefined && ` Beside them what the cost model says of ${target.name}, for one sequence of a full batch.`}
      </p>
      <div className="times">
        <TimesTable name="Attention" part="attention" times={times} target={target} />
        <TimesTable name="FFN" part="ffn" times={times} target={target} />
      </div>
    </>
  );
}

interface TimesTableProps {
  readonly name: string;
  readonly part: 'attention' | 'ffn';
  readonly times: BlockTimes;
  readonly target: TargetTimes | undefined;
}

function TimesTable({ name, part, times, target }: TimesTableProps) {
  // Objects have their integer keys in order of size; the plan knows a better one.
  const space = useStore(runStore, ({ view }) => view?.plan.space);
  const planned = part === 'attention' ? (space?.attentions ?? []).map(attentionId) : (space?.ffns ?? []).map(ffnId);
  const rows = Object.entries(times[part]).sort(([a], [b]) => planned.indexOf(a) - planned.indexOf(b));
  const whole = (time: { readonly prefill_ms: number; readonly decode_ms: number }): number => time.prefill_ms + time.decode_ms;
  const most = Math.max(...rows.map(([, time]) => whole(time)), Number.MIN_VALUE);
  const theirs = rows.flatMap(([id]) => target?.[part][id] ?? []);
  const mostTheirs = Math.max(...theirs, Number.MIN_VALUE);
  return (
    <table className="data-table train-table" data-testid={`times-${part}`}>
      <caption>{name}</caption>
      <thead>
        <tr>
          <th scope="col">Variant</th>
          <th scope="col" className="is-number">
            Prefill, ms
          </th>
          <th scope="col" className="is-number">
            Decode, ms
          </th>
          <th scope="col">Measured, of the slowest</th>
          {target !== undefined && <th scope="col">{target.name}, estimated</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map(([id, time]) => (
          <tr key={id}>
            <th scope="row">{id.replaceAll('no_op', 'none')}</th>
            <td className="is-number">{figureText(time.prefill_ms)}</td>
            <td className="is-number">{figureText(time.decode_ms)}</td>
            <td>
              <Share share={whole(time) / most} part={part} />
            </td>
            {target !== undefined && <td>{target[part][id] === undefined ? '–' : <Share share={target[part][id] / mostTheirs} part={part} note={`${figureText(target[part][id])} ms`} />}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Share({ share, part, note }: { readonly share: number; readonly part: 'attention' | 'ffn'; readonly note?: string }) {
  return (
    <span className="share">
      <span className="share-track" aria-hidden="true">
        <span className={`share-bar share-${part}`} style={{ width: `${100 * share}%` }} />
      </span>
      <span className={note === undefined ? undefined : 'estimated'}>
        {Math.round(100 * share)} %{note !== undefined && <small> {note}</small>}
      </span>
    </span>
  );
}
