/** Where the child's files are, who loads them, and the other forms they can be had in. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { copyText, exportRun, type ExportForm, type RunExport } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { bytesText } from '../../state/train_numbers.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button, IconButton } from '../../widgets/button.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';

const FORMS = [
  { form: 'hugging_face', dtype: 'F32', label: 'Hugging Face, F32', help: 'Comes back bit for bit' },
  { form: 'hugging_face', dtype: 'BF16', label: 'Hugging Face, BF16', help: 'Half the size' },
  { form: 'puzzletron', dtype: 'BF16', label: 'Puzzletron, BF16', help: 'As NVIDIA Model Optimizer lays it out, by sub-block' },
] as const satisfies readonly (Omit<ExportForm, 'archive'> & { readonly label: string; readonly help: string })[];

export function ExportStep({ id }: { readonly id: string }) {
  const done = useStore(runStore, ({ view }) => view?.progress.steps.some(({ kind, state }) => kind === 'export' && state === 'done') ?? false);
  const planned = useStore(runStore, ({ view }) => view?.plan.export);
  const fixed = useStore(runStore, ({ view }) => view?.progress.read_only !== undefined);
  const finished = useStore(runStore, ({ results }) => results?.report !== undefined);
  const [exported, setExported] = useState<RunExport>();
  const [busy, setBusy] = useState(false);
  const [wished, setWished] = useState<Pick<ExportForm, 'form' | 'dtype'>>();
  const ready = done && finished;
  useEffect(() => {
    let current = true;
    if (ready) void exportRun(id, { archive: false }).then((found) => current && setExported(found));
    return () => {
      current = false;
    };
  }, [id, ready]);
  if (!ready || planned === undefined) return <p className="muted">The files are there when the run is done.</p>;
  const make = async (wish: ExportForm): Promise<void> => {
    setBusy(true);
    const made = await exportRun(id, wish);
    setBusy(false);
    if (made === undefined) return;
    setExported(made);
    setWished({ form: wish.form, dtype: wish.dtype });
  };
  const shown = wished ?? planned;
  const browser = window.workbenchHost === undefined;
  return (
    <div className="export" data-testid="export-files">
      <div className="export-forms">
        <span className="muted">Written as</span>
        {FORMS.map(({ form, dtype, label, help }) => (
          <Tooltip key={label} text={help}>
            <Button
              aria-pressed={form === shown.form && dtype === shown.dtype}
              disabled={busy || (fixed && (form !== planned.form || dtype !== planned.dtype))}
              onClick={() => void make({ form, dtype, archive: false })}
              data-testid={`export-${form}-${dtype}`}
            >
              {label}
            </Button>
          </Tooltip>
        ))}
        {browser && (
          <Button icon="download" disabled={busy} onClick={() => void make({ ...shown, archive: true })} data-testid="export-zip">
            Download as a zip
          </Button>
        )}
      </div>
      {exported !== undefined && <Files exported={exported} />}
    </div>
  );
}

function Files({ exported }: { readonly exported: RunExport }) {
  const { folder, files, loaders } = exported;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <>
      <div className="export-folder">
        <code className="selectable" data-testid="export-folder">
          {folder}
        </code>
        <IconButton icon="copy" label="Copy the path" onClick={() => void copyText(folder, 'Path')} />
      </div>
      <table className="data-table train-table export-table" data-testid="export-table">
        <caption>
          {files.length} files, {bytesText(total)}
        </caption>
        <tbody>
          {files.map(({ path, bytes }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td className="is-number">{bytesText(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {loaders.length > 0 && (
        <>
          <h3>Who loads it</h3>
          <ul className="loaders" data-testid="export-loaders">
            {loaders.map(({ loader, verdict, reasons }) => (
              <li key={loader}>
                <Badge text={{ loads: 'loads', refuses: 'refuses', unknown: 'unknown' }[verdict]} tone={verdict === 'loads' ? 'ok' : verdict === 'refuses' ? 'danger' : 'warning'} />
                <span>
                  {loader}
                  {reasons.length > 0 && <span className="muted">: {reasons.join('; ')}</span>}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
