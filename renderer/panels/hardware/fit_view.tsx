/** From files of kernel timings to a calibration: choose them, watch the fit, judge it, keep it. */
import { useState } from 'react';
import { useStore } from 'zustand';
import { toErrorPayload, type ErrorPayload } from '../../../engine/protocol/errors.ts';
import { saveCalibration } from '../../state/hardware_actions.ts';
import { dismissFit, fitCalibration, fitStore, type FitState } from '../../state/hardware_fit.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button } from '../../widgets/button.tsx';
import { Select } from '../../widgets/select.tsx';
import { ErrorTable } from './error_table.tsx';
import { HardwareProblem } from './hardware_problem.tsx';
import { pickTimings } from './pick_timings.ts';
import { ResidualPlot } from './residual_plot.tsx';
import '../../widgets/form.css';
import '../libraries/libraries.css';

export function FitView({ device, onDone }: { readonly device: string | undefined; readonly onDone: () => void }) {
  const fit = useStore(fitStore, (state) => state.fit);
  // Kept while a fit runs, so that a second try is about the same device.
  const [of, setOf] = useState(device ?? '');
  const back = (): void => {
    dismissFit();
    onDone();
  };
  switch (fit.kind) {
    case 'idle':
      return <Choose of={of} setOf={setOf} failed={undefined} onBack={back} />;
    case 'failed':
      return <Choose of={of} setOf={setOf} failed={fit} onBack={back} />;
    case 'running':
      return <Running fit={fit} />;
    case 'finished':
      return <Finished fit={fit} onBack={back} onDone={onDone} />;
    default:
      return fit satisfies never;
  }
}

interface ChooseProps {
  /** Device id; empty for the one that the files name. */
  readonly of: string;
  readonly setOf: (device: string) => void;
  readonly failed: Extract<FitState, { kind: 'failed' }> | undefined;
  readonly onBack: () => void;
}

function Choose({ of, setOf, failed, onBack }: ChooseProps) {
  const [unread, setUnread] = useState<ErrorPayload>();
  const devices = useStore(hardwareStore, (state) => state.devices);
  const pick = async (kind: 'file' | 'folder'): Promise<void> => {
    try {
      const picked = await pickTimings(kind);
      if (picked !== undefined) await fitCalibration(picked.label, { source: picked.source, ...(of !== '' && { device: of }) });
    } catch (error) {
      setUnread(toErrorPayload(error));
    }
  };
  return (
    <div className="fit-choose" data-testid="fit-choose">
      <p>
        Times of single kernels, measured on a device, become a calibration of it: constants of the closed forms that everything here is computed with. Read are an aiconfigurator folder or its Parquet files
        (<code>gemm_perf.parquet</code>, <code>context_attention_perf.parquet</code>, <code>generation_attention_perf.parquet</code>, <code>custom_allreduce_perf.parquet</code>) and CSV files with the same columns; or Puzzletron's <code>subblock_stats.json</code>, which scales the device's kernels to its blocks.
      </p>
      <Select
        label="Timings are of"
        value={of}
        options={[{ value: '', label: 'the device that the files name' }, ...devices.map(({ id, name }) => ({ value: id, label: name }))]}
        onChange={setOf}
        testId="fit-device"
      />
      {failed !== undefined && (
        <div className="form-failure" role="alert" data-testid="fit-problem">
          <strong>{failed.label}: </strong>
          {failed.error.message} {failed.error.hint}
        </div>
      )}
      <HardwareProblem error={unread} />
      <div className="fit-actions">
        <Button variant="primary" icon="folder" onClick={() => void pick('folder')} data-testid="fit-open-folder">
          Open a folder…
        </Button>
        <Button icon="file" onClick={() => void pick('file')} data-testid="fit-open-files">
          Open files…
        </Button>
        <span className="top-space" />
        <Button onClick={onBack}>Back</Button>
      </div>
    </div>
  );
}

function Running({ fit: { label, stage, done, total, cancel } }: { readonly fit: Extract<FitState, { kind: 'running' }> }) {
  return (
    <div className="fit-running" data-testid="fit-running">
      <p>
        <strong>{label}</strong> {stage ?? 'Reading…'}
      </p>
      <progress value={total > 0 ? done / total : undefined} aria-label={stage ?? 'Reading'} />
      <div className="fit-actions">
        <span className="muted">It goes on when this is closed.</span>
        <span className="top-space" />
        <Button onClick={cancel} data-testid="fit-cancel">
          Cancel
        </Button>
      </div>
    </div>
  );
}

function Finished({ fit, onBack, onDone }: { readonly fit: Extract<FitState, { kind: 'finished' }>; readonly onBack: () => void; readonly onDone: () => void }) {
  const { calibration, errors, residuals, notes, label } = fit;
  const [name, setName] = useState(calibration.name);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ErrorPayload>();
  const device = useStore(hardwareStore, (state) => state.devices.find(({ id }) => id === calibration.device));
  const save = async (): Promise<void> => {
    setBusy(true);
    const failed = await saveCalibration({ ...calibration, name: name.trim() });
    setFailure(failed);
    if (failed !== undefined) return setBusy(false);
    dismissFit();
    onDone();
  };
  return (
    <div className="fit-finished" data-testid="fit-finished">
      <p>
        <strong>{device?.name ?? calibration.device}</strong> from {label}: {errors.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-US')} measurements, {residuals.length.toLocaleString('en-US')} of them drawn.
      </p>
      {notes.length > 0 && (
        <ul className="notes fit-notes selectable">
          {notes.map((note) => (
            <li key={`${note.where ?? ''} ${note.text}`}>
              <Badge text={note.severity} tone={note.severity === 'warning' ? 'warning' : 'neutral'} />
              <span>
                {note.text}
                {note.where !== undefined && <span className="muted"> {note.where}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      <h3>Fitted beside measured</h3>
      <ResidualPlot residuals={residuals} />
      <h3>Errors on measurements that the fit did not see</h3>
      <ErrorTable errors={errors} />
      <HardwareProblem error={failure} />
      <div className="fit-actions fit-foot">
        <label className="form-field fit-name">
          <span>Name</span>
          <input type="text" className="form-input" value={name} maxLength={120} onChange={(event) => setName(event.target.value)} data-testid="fit-name" />
        </label>
        <span className="top-space" />
        <Button onClick={onBack}>Discard</Button>
        <Button variant="primary" disabled={busy || name.trim() === ''} onClick={() => void save()} data-testid="fit-save">
          {busy ? 'Keeping…' : 'Keep in this project'}
        </Button>
      </div>
    </div>
  );
}
