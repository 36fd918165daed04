/** Choosing what to export of which architecture, and seeing beforehand which loaders will refuse it. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { LOADER_PROVENANCE, type CallResult, type LoaderVerdict } from '../../../engine/protocol/api.ts';
import { toErrorPayload, type ErrorPayload } from '../../../engine/protocol/errors.ts';
import type { LibraryHeader } from '../../../engine/protocol/library.ts';
import { childOf, exportChild, type ExportKind } from '../../state/actions.ts';
import { track } from '../../state/activity.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineClient, engineStore, openLibrary } from '../../state/engine_store.ts';
import { kvCacheText } from '../../state/kv_cache_text.ts';
import { formatCount } from '../../state/format.ts';
import { solveStore } from '../../state/solve_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Select } from '../../widgets/select.tsx';
import './export.css';

interface ExportOption {
  readonly kind: ExportKind;
  readonly label: string;
  readonly text: string;
}

const OF_ARCHITECTURE: readonly ExportOption[] = [
  { kind: 'decilm', label: 'Hugging Face config.json', text: 'DeciLM block configuration, for transformers and vLLM' },
  { kind: 'puzzletron', label: 'Solution JSON', text: 'Puzzletron style, with problem, costs and provenance' },
];
const OF_VIEW: readonly ExportOption[] = [
  { kind: 'csv', label: 'Layer table, CSV', text: 'Exactly the rows and columns the table shows' },
  { kind: 'map-png', label: 'Runtime map, PNG', text: 'For slides' },
  { kind: 'map-svg', label: 'Runtime map, SVG', text: 'For papers' },
  { kind: 'frontier-png', label: 'Frontier, PNG', text: 'For slides' },
  { kind: 'frontier-svg', label: 'Frontier, SVG', text: 'For papers' },
  { kind: 'library', label: 'Block library, JSON', text: 'Readable here and by the command line' },
];

type Shape = CallResult<'child.shape'>;
type ShapeState =
  | { readonly kind: 'loading' }
  /** `id` is the architecture it is about. */
  | { readonly kind: 'known'; readonly id: string; readonly shape: Shape; readonly header: LibraryHeader | undefined }
  | { readonly kind: 'failed'; readonly id: string; readonly error: ErrorPayload };

export function ExportDialog({ initial }: { readonly initial: string }) {
  const [id, setId] = useState(initial);
  const [chosen, setKind] = useState<ExportKind>();
  const [busy, setBusy] = useState(false);
  const pins = useStore(documentStore, (state) => state.document.pins);
  const hasAnswer = useStore(solveStore, (state) => state.answer !== undefined);
  const parent = useStore(engineStore, (state) => openLibrary(state)?.view.header.parent.name);
  // Tables and pictures are of what is on screen, whatever architecture is chosen for the other files.
  const ofView = OF_VIEW.some((option) => option.kind === chosen);
  const shownId = ofView && hasAnswer ? 'current' : id;
  const shape = useShape(shownId);
  const obstacles = shape.kind === 'known' ? shape.shape.decilm_obstacles : [];
  const kind = chosen ?? (obstacles.length > 0 ? 'puzzletron' : 'decilm');
  const impossible = kind === 'decilm' && (shape.kind === 'loading' || obstacles.length > 0);
  const options = [
    ...(hasAnswer ? [{ value: 'current', label: 'The child on screen' }] : []),
    ...(parent === undefined ? [] : [{ value: 'parent', label: `Parent: ${parent}` }]),
    ...pins.map((pin) => ({ value: pin.id, label: pin.name })),
  ];
  const save = async (): Promise<void> => {
    setBusy(true);
    await exportChild(shownId, kind);
    closeDialog();
  };
  return (
    <Dialog
      title="Export"
      onClose={closeDialog}
      width={680}
      testId="export-dialog"
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="primary" icon="download" disabled={busy || impossible} onClick={() => void save()} data-testid="export-save">
            {busy ? 'Exporting…' : 'Export'}
          </Button>
        </>
      }
    >
      <Select label="Architecture" value={shownId} options={ofView ? options.filter((option) => option.value === shownId) : options} onChange={setId} testId="export-child" />
      <div className="export-groups">
        <Group name="The architecture" options={OF_ARCHITECTURE} value={kind} impossible={obstacles.length > 0 ? 'decilm' : undefined} onChange={setKind} />
        <Group name="Data and pictures" options={OF_VIEW} value={kind} onChange={setKind} />
      </div>
      <h3 className="export-heading">What loads the config.json</h3>
      <Loaders state={shape} obstacles={obstacles} />
      {obstacles.length === 0 && <p className="muted export-note">{LOADER_PROVENANCE}</p>}
      <p className="muted export-note">Every file says which library, version and date it comes from; those of the child on screen also the limits it answers.</p>
    </Dialog>
  );
}

interface GroupProps {
  readonly name: string;
  readonly options: readonly ExportOption[];
  readonly value: ExportKind;
  /** The one that cannot be written; why stands below. */
  readonly impossible?: ExportKind | undefined;
  readonly onChange: (kind: ExportKind) => void;
}

function Group({ name, options, value, impossible, onChange }: GroupProps) {
  return (
    <fieldset className="export-group">
      <legend>{name}</legend>
      {options.map((option) => (
        <label key={option.kind} className="export-option" data-testid={`export-${option.kind}`}>
          <input type="radio" name="export-kind" checked={option.kind === value} onChange={() => onChange(option.kind)} />
          <span>
            {option.label} {option.kind === impossible && <Badge text="cannot be written" tone="warning" />}
            <span className="export-text">{option.text}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Loaders({ state, obstacles }: { readonly state: ShapeState; readonly obstacles: readonly string[] }) {
  if (state.kind === 'loading') return <EmptyState busy title="Asking what loads it…" />;
  if (state.kind === 'failed') return <EmptyState icon="alert" title="The loaders could not be checked" text={state.error.message} />;
  const { num_params, kv_bytes_per_token_fp8, loaders } = state.shape;
  const size = (
    <p className="muted">
      {formatCount(num_params)} parameters; KV cache {kvCacheText(kv_bytes_per_token_fp8, state.header)}.
    </p>
  );
  if (obstacles.length > 0) {
    return (
      <>
        {size}
        <div role="status" className="selectable" data-testid="export-obstacles">
          <p>It cannot be written in this form, which none of the loaders would read; the solution JSON can say all of it.</p>
          <ul className="export-obstacles">
            {obstacles.map((obstacle) => (
              <li key={obstacle}>{obstacle}</li>
            ))}
          </ul>
        </div>
      </>
    );
  }
  return (
    <>
      {size}
      <table className="loaders selectable" data-testid="loaders">
        <tbody>
          {loaders.map((verdict) => (
            <tr key={verdict.loader} data-verdict={verdict.verdict}>
              <th scope="row">{verdict.loader}</th>
              <td>
                <Badge text={VERDICTS[verdict.verdict].text} tone={VERDICTS[verdict.verdict].tone} />
              </td>
              <td>{verdict.reasons.join(' ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const VERDICTS: Readonly<Record<LoaderVerdict['verdict'], { readonly text: string; readonly tone: 'ok' | 'danger' | 'neutral' }>> = {
  loads: { text: 'loads it', tone: 'ok' },
  refuses: { text: 'refuses it', tone: 'danger' },
  unknown: { text: 'not known', tone: 'neutral' },
};

function useShape(id: string): ShapeState {
  const [state, setState] = useState<ShapeState>({ kind: 'loading' });
  useEffect(() => {
    let current = true;
    const fetch = async (): Promise<Pick<ShapeState & { readonly kind: 'known' }, 'shape' | 'header'>> => {
      const { child } = await childOf(id);
      const view = openLibrary(engineStore.getState())?.view;
      const header = child.kind === 'in_library' && child.library_id === view?.id ? view.header : undefined;
      const client = engineClient();
      if (client === undefined) throw new Error('The engine is not running.');
      return { shape: await client.call('child.shape', { child }), header };
    };
    track(fetch()).then(
      (known) => current && setState({ kind: 'known', id, ...known }),
      (error: unknown) => current && setState({ kind: 'failed', id, error: toErrorPayload(error) }),
    );
    return () => {
      current = false;
    };
  }, [id]);
  return state.kind !== 'loading' && state.id === id ? state : { kind: 'loading' };
}
