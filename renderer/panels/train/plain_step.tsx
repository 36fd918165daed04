/** Steps of which there is little to see: their jobs, and what is there when they are done. */
import { useStore } from 'zustand';
import type { StepKind } from '../../../engine/protocol/train.ts';
import { openRunLibrary } from '../../state/train_actions.ts';
import { stepOf } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';
import { freeNumber } from '../../state/train_numbers.ts';
import { Button } from '../../widgets/button.tsx';
import { Facts } from './facts.tsx';

export function PlainStep({ id, kind }: { readonly id: string; readonly kind: Extract<StepKind, 'activations' | 'library'> }) {
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const state = useStore(runStore, ({ view }) => (view === undefined ? undefined : stepOf(view.progress, kind)?.state));
  if (plan === undefined) return undefined;
  if (kind === 'library') {
    return state === 'done' ? (
      <div className="part-actions">
        <Button variant="primary" icon="library" onClick={() => void openRunLibrary(id)} data-testid="library-step-open">
          Open it in the Explorer
        </Button>
        <span className="muted">Its scores and runtimes are marked as measured here.</span>
      </div>
    ) : undefined;
  }
  const { train_sequences: train, held_out_sequences: heldOut } = plan.bld;
  const tokens = plan.data.sequence_length;
  return (
    <Facts
      facts={[
        ['For training', `${freeNumber(train)} sequences, ${freeNumber(train * tokens)} tokens`],
        ['Held out', `${freeNumber(heldOut)} sequences, ${freeNumber(heldOut * tokens)} tokens: what losses and scores are measured on`],
      ]}
    />
  );
}
