/**
 * One layer with everything that may stand there: what each variant scores and costs, locks and bans, and what the
 * child would be with another block here and all others as they are.
 */
import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { changeText } from '../../state/derived_limit_text.ts';
import { objectiveScale, type ObjectiveScale } from '../../state/derived_objective.ts';
import { variantRows, type VariantRow } from '../../state/derived_variants.ts';
import { documentStore, unlockLayer } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { explainStore } from '../../state/explain_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button, IconButton } from '../../widgets/button.tsx';
import { toggleBan, toggleLock } from './hold_actions.ts';
import { InspectorActions } from './inspector_actions.tsx';
import { closeInspector, inspectorStore, openInspector } from './inspector_store.ts';
import { VariantTable } from './variant_table.tsx';
import './inspector.css';

export function Inspector({ library, layer }: { readonly library: OpenLibrary; readonly layer: number }) {
  const { view } = library;
  const choices = useStore(solveStore, (state) => shownSolution(state)?.choices);
  const locks = useStore(documentStore, (state) => state.document.locks);
  const bans = useStore(documentStore, (state) => state.document.bans);
  const objectiveText = useStore(documentStore, (state) => objectiveOf(state.document, view));
  const chosenBy = useStore(inspectorStore, (state) => state.selected);
  const objective = useMemo(() => objectiveScale(view, objectiveText), [view, objectiveText]);
  const rows = useMemo(
    () => (choices === undefined ? [] : variantRows(view, layer, choices, { locks, bans }, objective)),
    [view, layer, choices, locks, bans, objective],
  );
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    card.current?.querySelector<HTMLElement>('tr[tabindex="0"]')?.focus();
  }, []);
  const selected = rows.find((row) => row.choice === chosenBy) ?? rows.find((row) => row.chosen) ?? rows[0];
  if (selected === undefined || choices === undefined) return undefined;
  const lock = locks.find((candidate) => candidate.layer === layer);
  const layers = view.header.parent.num_hidden_layers;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!act(event, rows, selected, layer, layers)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a dialog's own keys
    <div ref={card} className="card inspector" role="dialog" aria-label={`Layer ${layer}`} onKeyDown={onKeyDown} data-testid="inspector" data-layer={layer}>
      <header>
        <IconButton icon="previous" label="Previous layer" shortcut="←" disabled={layer === 0} onClick={() => openInspector(layer - 1)} data-testid="inspector-previous" />
        <strong>Layer {layer}</strong>
        <IconButton icon="next" label="Next layer" shortcut="→" disabled={layer === layers - 1} onClick={() => openInspector(layer + 1)} data-testid="inspector-next" />
        <span className="muted">{rows.length} variants, best score first</span>
        {lock !== undefined && (
          <span className="inspector-lock" data-testid="inspector-lock">
            <Badge text={`locked to ${lock.variant}`} tone="accent" />
            <Button onClick={() => unlockLayer(layer)} data-testid="inspector-unlock">
              Unlock
            </Button>
          </span>
        )}
        <span className="inspector-space" />
        <IconButton icon="close" label="Close" shortcut="Esc" onClick={(event) => closeInspector(event.detail === 0)} data-testid="inspector-close" />
      </header>
      <Regret layer={layer} objective={objective} locked={lock !== undefined} />
      <VariantTable library={library} layer={layer} rows={rows} selected={selected} objective={objective} objectiveText={objectiveText} />
      <InspectorActions library={library} layer={layer} row={selected} choices={choices} objective={objective} objectiveText={objectiveText} />
    </div>
  );
}

/** Arrow keys move, letters act on the selected row. @returns whether the key meant something here. */
function act(event: KeyboardEvent, rows: readonly VariantRow[], selected: VariantRow, layer: number, layers: number): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const at = rows.indexOf(selected);
  const last = rows.length - 1;
  const row = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8, Home: 0, End: last }[event.key];
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key === 'Escape') closeInspector();
  else if (row !== undefined) inspectorStore.setState({ selected: rows[Math.min(last, Math.max(0, row))].choice });
  else if (step !== undefined) openInspector(Math.min(layers - 1, Math.max(0, layer + step)));
  else if (event.key.toLowerCase() === 'l') toggleLock(layer, selected.variant);
  else if (event.key.toLowerCase() === 'b') toggleBan(selected.variant, layer);
  else return false;
  return true;
}

/** What the second-best block here would cost, once it is known. */
function Regret({ layer, objective, locked }: { readonly layer: number; readonly objective: ObjectiveScale; readonly locked: boolean }) {
  const piece = useStore(explainStore, (state) => state.layers.get(layer));
  const state = useStore(explainStore, (explain) => explain.state);
  if (piece === undefined) {
    return <p className="inspector-regret muted">{state === 'running' ? 'Searching for the second best here…' : 'The second best is found once the search rests.'}</p>;
  }
  const { runner_up: second } = piece;
  return (
    <p className={state === 'stale' ? 'inspector-regret is-stale' : 'inspector-regret'} data-testid="inspector-regret">
      {second === undefined ? (
        locked ? 'Locked: no other block is considered here.' : 'No other block here lets the limits be met.'
      ) : (
        <>
          Second best: <strong>{second.variant}</strong>, {second.proven ? '' : 'at most '}
          {changeText(second.regret, objective)}, all other layers chosen anew ({second.proven ? 'proven' : 'not proven yet'})
        </>
      )}
      {state === 'stale' && <span className="muted"> for the previous limits</span>}
    </p>
  );
}
