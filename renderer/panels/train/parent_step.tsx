/** The parent: what it is, and its losses while it is trained. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { Plan } from '../../../engine/protocol/train.ts';
import { ownBlock } from '../../state/train_draft.ts';
import type { Curve } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';
import { freeNumber, natsText } from '../../state/train_numbers.ts';
import type { CurveLine } from './curve_figure.ts';
import { CurvePlot } from './curve_plot.tsx';
import { Facts } from './facts.tsx';
import { useCurves } from './use_curves.ts';

export function ParentStep() {
  const plan = useStore(runStore, ({ view }) => view?.plan);
  const curves = useCurves('parent');
  const lines = useMemo(() => lossLines(curves), [curves]);
  if (plan === undefined) return undefined;
  const { parent } = plan;
  return (
    <>
      <Facts facts={parentFacts(plan, curves)} testId="parent-facts" />
      {parent.kind === 'train' && (
        <figure className="part-figure">
          <figcaption>Loss by training step</figcaption>
          <CurvePlot lines={lines} x="Training step" y="Loss, nats per token" logarithmic={false} steps={parent.training.steps} label="Loss of the parent by training step" testId="parent-curve" />
        </figure>
      )}
    </>
  );
}

export function lossLines(curves: readonly Curve[]): readonly CurveLine[] {
  const line = (series: string, name: string, look: CurveLine['look'], colour: CurveLine['colour']): readonly CurveLine[] => {
    const curve = curves.find((one) => one.series === series);
    return curve === undefined ? [] : [{ name, at: curve.at, values: curve.values, look, colour }];
  };
  return [...line('loss_raw', 'Training, single batches', 'readings', 'first'), ...line('loss', 'Training, smoothed over batches', 'smooth', 'first'), ...line('held_out_loss', 'Held out', 'held_out', 'second')];
}

function parentFacts({ parent, data }: Plan, curves: readonly Curve[]): readonly (readonly [string, string])[] {
  if (parent.kind === 'open') return [['Opened from', parent.folder]];
  const { architecture, training } = parent;
  const { hidden_size: hidden, num_attention_heads: heads, head_dim: size } = architecture.shape;
  const own = ownBlock({ parent });
  const heldOut = curves.find(({ series }) => series === 'held_out_loss');
  const last = heldOut?.values.at(-1);
  return [
    ['Architecture', `${architecture.blocks.length} layers, hidden size ${freeNumber(hidden)}, ${heads} heads of ${size}${own === undefined ? '' : `, ${own.kvHeads} KV heads, FFN width ${freeNumber(own.width)}`}`],
    ['Training', `${freeNumber(training.steps)} steps of ${training.batch} × ${data.sequence_length} tokens, learning rate ${training.learning_rate}`],
    ...(last === undefined ? [] : [['Held-out loss', `${natsText(last)} nats per token`] as const]),
  ];
}

