/** How many layers the child changes, how many of them by the last move, and what the user holds, with the way to lift it. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { baselineStore } from '../../state/derived_baseline.ts';
import { changedLayers, heldText } from '../../state/derived_marks.ts';
import { documentStore, releaseAll } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';

export function ChangedLayers({ library: { view, parentChoices } }: { readonly library: OpenLibrary }) {
  const choices = useStore(solveStore, (state) => shownSolution(state)?.choices);
  const baseline = useStore(baselineStore, (state) => state.choices);
  const locks = useStore(documentStore, (state) => state.document.locks);
  const bans = useStore(documentStore, (state) => state.document.bans);
  const changed = useMemo(() => (choices === undefined ? undefined : changedLayers(view, choices, parentChoices).length), [view, choices, parentChoices]);
  const moved = useMemo(() => (choices === undefined || baseline === undefined ? 0 : changedLayers(view, choices, baseline).length), [view, choices, baseline]);
  const held = heldText({ locks, bans });
  const layers = view.header.parent.num_hidden_layers;
  return (
    <dl className="summary-item" data-testid="summary-layers" data-value={changed}>
      <dt>
        <span className="summary-label">Layers changed</span>
      </dt>
      <Tooltip text={`Layers whose block is not the parent's${moved === 0 ? '' : `\n${moved} of all layers differ from the child before the last move`}`}>
        <dd className="summary-value">
          {changed ?? '–'}
          <span className="summary-unit">of {layers}</span>
        </dd>
      </Tooltip>
      <dd className="summary-parent">
        {held === '' ? (
          <span>{moved === 0 ? 'no locks or bans' : `${moved} by the last move`}</span>
        ) : (
          <>
            <span className="summary-held" data-testid="summary-held">
              {held}
            </span>
            <button type="button" className="summary-lift" onClick={releaseAll} aria-label={`Lift ${held}`} data-testid="summary-release">
              Lift
            </button>
          </>
        )}
      </dd>
    </dl>
  );
}
