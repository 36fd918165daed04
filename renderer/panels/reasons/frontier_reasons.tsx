/** What is settled whatever the swept limit is, and what turns with it. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { quantityOf } from '../../state/columns.ts';
import { midSentence } from '../../state/derived_limit_text.ts';
import { frequencyOf, layersByConstancy, rangesText, type Constancy } from '../../state/derived_frequency.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { shownSolution, solveStore, sweepStore } from '../../state/solve_store.ts';
import { FrequencyStrip, frequentVariants } from './frequency_strip.tsx';

const GROUPS: readonly (readonly [Constancy, string, string])[] = [
  ['always', 'Always', 'this block at every point of the frontier'],
  ['sometimes', 'Sometimes', 'this block at some points, another at others'],
  ['never', 'Only here', 'another block at every point of the frontier'],
];

export function FrontierReasons({ library, choices }: { readonly library: OpenLibrary; readonly choices: readonly number[] }) {
  const { view } = library;
  const sweep = useStore(sweepStore);
  const at = useStore(solveStore, (state) => shownSolution(state)?.costs[sweep.over]);
  const frequency = useMemo(() => frequencyOf(view, sweep.points, sweep.frontier, sweep.over), [view, sweep.points, sweep.frontier, sweep.over]);
  const groups = useMemo(() => layersByConstancy(view, choices, frequency), [view, choices, frequency]);
  if (sweep.over === '' || frequency.children.length === 0) return undefined;
  const over = quantityOf(view, sweep.over);
  const never = view.variants.length - frequentVariants(frequency).length;
  return (
    <section className="reasons-section" data-testid="reasons-frontier">
      <header>
        <h3>Along the frontier</h3>
        <span className="muted">
          share of the {frequency.children.length} best children over {midSentence(over.label)} that have the variant in the layer
          {never > 0 && `; ${never} of ${view.variants.length} variants are in none`}
        </span>
      </header>
      <FrequencyStrip view={view} choices={choices} frequency={frequency} over={over} at={at} stale={sweep.state === 'waiting'} />
      <dl className="reasons-groups">
        {GROUPS.map(([kind, title, meaning]) =>
          groups[kind].length === 0 ? undefined : (
            <div key={kind} data-testid={`constancy-${kind}`}>
              <dt>{title}</dt>
              <dd>
                {groups[kind].length} of {view.header.parent.num_hidden_layers}
                <span className="muted">
                  {' '}
                  layers {rangesText(groups[kind])}: {meaning}
                </span>
              </dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}
