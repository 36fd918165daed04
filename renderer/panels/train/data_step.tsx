/** What text a run learns from, and how much of it. */
import { useStore } from 'zustand';
import { runStore } from '../../state/train_run_store.ts';
import { freeNumber } from '../../state/train_numbers.ts';
import { Facts } from './facts.tsx';

export function DataStep() {
  const data = useStore(runStore, ({ view }) => view?.plan.data);
  const log = useStore(runStore, ({ view }) => view?.log);
  if (data === undefined) return undefined;
  const { source, sequence_length: length, train_tokens: train, held_out_tokens: heldOut, task_examples: examples, tokenizer } = data;
  const notes = (log ?? []).filter(({ step, level }) => step === 'data' && level === 'warning');
  const tokens = (count: number): string => `${freeNumber(count)} tokens in ${freeNumber(Math.max(1, Math.floor(count / length)))} sequences of ${freeNumber(length)}`;
  return (
    <>
      <Facts
        testId="data-facts"
        facts={[
          ['Text', source.kind === 'generated' ? 'Bundled: a generated corpus with tasks of graded difficulty' : source.path],
          ['For training', tokens(train)],
          ['Held out', `${tokens(heldOut)}, from other documents`],
          ['Tasks', source.kind === 'generated' ? `${freeNumber(examples)} examples each of copy, induction, modular arithmetic, brackets, key-value recall and grammar` : 'none: own text has no tasks to score'],
          ['Tokenizer', tokenizer ?? (source.kind === 'generated' ? 'the corpus’ own words' : 'bytes')],
          ['Seed', String(data.seed)],
        ]}
      />
      {notes.length > 0 && (
        <ul className="part-notes">
          {notes.map(({ at, text }) => (
            <li key={`${at} ${text}`}>{text}</li>
          ))}
        </ul>
      )}
    </>
  );
}
