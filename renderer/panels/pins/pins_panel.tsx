/** The architectures kept for comparison. */
import { useState, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { LibrarySummary } from '../../../engine/protocol/library.ts';
import { parseRecipeId } from '../../../engine/protocol/recipe.ts';
import type { Pin } from '../../../engine/protocol/workspace.ts';
import { runCommand } from '../../commands/command_actions.ts';
import { showDialog } from '../../state/dialog_store.ts';
import { documentStore, removePin, renamePin, setCompare } from '../../state/document_store.ts';
import { engineStore, type OpenLibrary } from '../../state/engine_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { Button, IconButton } from '../../widgets/button.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { PinSwatch } from './pin_swatch.tsx';
import './pins.css';

export function PinsPanel({ library }: { readonly library: OpenLibrary }) {
  const pins = useStore(documentStore, (state) => state.document.pins);
  const compare = useStore(documentStore, (state) => state.document.compare);
  const libraries = useStore(engineStore, (state) => state.libraries);
  return (
    <section className="side-section" aria-label="Pins">
      <header className="side-header">
        <h2>Pins</h2>
        <Button variant="ghost" icon="add" onClick={() => runCommand('solution.pin-reference')} data-testid="pin-reference">
          Reference
        </Button>
      </header>
      {pins.length === 0 && <p className="muted">Pin a solution to keep it, compare it and see it on the frontier.</p>}
      <ul className="pins">
        {pins.map((pin, index) => (
          <PinRow key={pin.id} pin={pin} index={index} origin={originOf(pin, library, libraries)} baseline={compare?.[0] === pin.id} />
        ))}
      </ul>
    </section>
  );
}

function PinRow({ pin, index, origin, baseline }: { readonly pin: Pin; readonly index: number; readonly origin: string; readonly baseline: boolean }) {
  const [editing, setEditing] = useState(false);
  const detail = pin.kind === 'external' ? `${origin}\n${pin.reasons.join('\n')}` : `${origin}\nPinned ${new Date(pin.created_at).toLocaleString()}`;
  return (
    <li className="pin" data-testid={`pin-${index}`}>
      <PinSwatch index={index} />
      {editing ? (
        <PinName name={pin.name} onDone={(name) => {
          setEditing(false);
          if (name !== undefined && name !== pin.name) renamePin(pin.id, name);
        }} />
      ) : (
        <Tooltip text={`${pin.name}\n${detail}\nDouble-click or press Enter to rename.`}>
          <button type="button" className="pin-name" onDoubleClick={() => setEditing(true)} onKeyDown={(event) => {
            if (event.key === 'Enter' || event.key === 'F2') {
              event.preventDefault();
              setEditing(true);
            }
          }}>
            <span>{pin.name}</span>
            <span className="pin-origin">{origin}</span>
          </button>
        </Tooltip>
      )}
      <span className="pin-actions">
        <IconButton
          icon="compare"
          label={baseline ? `${pin.name} is the baseline of the comparison` : `Compare the child with ${pin.name}`}
          aria-pressed={baseline}
          onClick={() => {
            setCompare([pin.id, 'current']);
            viewStore.setState({ tab: 'compare' });
          }}
          data-testid={`pin-${index}-compare`}
        />
        <IconButton icon="download" label={`Export ${pin.name}`} onClick={() => showDialog({ kind: 'export', child: pin.id })} data-testid={`pin-${index}-export`} />
        <IconButton icon="close" label={`Remove ${pin.name}`} onClick={() => removePin(pin.id)} data-testid={`pin-${index}-remove`} />
      </span>
    </li>
  );
}

/** The name while it is being edited; Escape gives the old one back. */
function PinName({ name, onDone }: { readonly name: string; readonly onDone: (name: string | undefined) => void }) {
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') event.currentTarget.blur();
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    event.currentTarget.value = name;
    event.currentTarget.blur();
  };
  return (
    <input
      ref={(input) => input?.focus()}
      className="pin-input"
      aria-label="Name of the pin"
      defaultValue={name}
      maxLength={120}
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={onKeyDown}
      onBlur={(event) => onDone(event.currentTarget.value.trim() || undefined)}
    />
  );
}

function originOf(pin: Pin, library: OpenLibrary, libraries: readonly LibrarySummary[]): string {
  if (pin.kind === 'external') return 'shapes only';
  const word = { solution: 'found here', reference: 'reference', imported: 'imported' }[pin.origin];
  if (pin.library_id === library.view.id) return pin.solve?.status === 'optimal' ? `${word}, proven optimal` : word;
  const recipe = parseRecipeId(pin.library_id);
  // A computed library is never gone: its id says how to make it.
  const name = recipe === undefined ? libraries.find((other) => other.id === pin.library_id)?.name : `an estimated library of ${recipe.parent}`;
  return `${word}, of ${name ?? 'a library no longer here'}`;
}
