/** A device being typed: what is wrong with a field stands below it, and nothing is kept while anything is. */
import { useId, useState, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { ErrorPayload } from '../../../engine/protocol/errors.ts';
import { FORMATS } from '../../../engine/protocol/hardware.ts';
import { saveDevice } from '../../state/hardware_actions.ts';
import { readDeviceForm, type DeviceField, type DeviceForm, type DeviceOutcome } from '../../state/hardware_form.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { FORMAT_NAMES } from '../../state/recipe_choices.ts';
import { Button } from '../../widgets/button.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { HardwareProblem } from './hardware_problem.tsx';
import '../../widgets/form.css';

interface DeviceEditorProps {
  readonly initial: DeviceForm;
  /** Id of the added device that is changed; undefined for a new one. */
  readonly editing: string | undefined;
  readonly onDone: () => void;
}

export function DeviceEditor({ initial, editing, onDone }: DeviceEditorProps) {
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ErrorPayload>();
  const devices = useStore(hardwareStore, (state) => state.devices);
  const outcome = readDeviceForm(form, devices, editing);
  const problem = problemsOf(outcome, form, tried);
  const set = (change: Partial<DeviceForm>): void => setForm({ ...form, ...change });
  const save = async (): Promise<void> => {
    setTried(true);
    if (outcome.kind !== 'device') return;
    setBusy(true);
    const failed = await saveDevice(outcome.device);
    if (failed === undefined) return onDone();
    setFailure(failed);
    setBusy(false);
  };
  return (
    <form
      className="device-editor"
      data-testid="device-editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="device-fields">
        <Field label="Name" value={form.name} onChange={(name) => set({ name })} problem={problem('name')} testId="device-name" wide />
        <Field label="Id, for recipes and the command line" value={form.id} onChange={(id) => set({ id })} problem={problem('id')} readOnly={editing !== undefined} testId="device-id" />
        <Field label="Year" value={form.year} onChange={(year) => set({ year })} problem={problem('year')} testId="device-year" />
        <div className="form-field">
          <span>Kind</span>
          <Segmented
            label="Kind"
            value={form.kind}
            options={[
              { value: 'gpu', label: 'GPU' },
              { value: 'tpu', label: 'TPU' },
            ]}
            onChange={(kind) => set({ kind })}
          />
        </div>
        <Field label="Memory, as the driver reports it" unit="GB" value={form.memoryGb} onChange={(memoryGb) => set({ memoryGb })} problem={problem('memoryGb')} testId="device-memory" />
        <Field label="Memory bandwidth" unit="GB/s" value={form.bandwidthGbS} onChange={(bandwidthGbS) => set({ bandwidthGbS })} problem={problem('bandwidthGbS')} testId="device-bandwidth" />
        <Field label="Power" unit="W" value={form.tdpW} onChange={(tdpW) => set({ tdpW })} problem={problem('tdpW')} testId="device-power" />
        <Field label="Link to its neighbours" value={form.linkName} onChange={(linkName) => set({ linkName })} problem={problem('linkName')} placeholder="NVLink4" testId="device-link" />
        <Field label="Link, each way" unit="GB/s" value={form.linkGbS} onChange={(linkGbS) => set({ linkGbS })} problem={problem('linkGbS')} testId="device-link-rate" />
      </div>
      <fieldset className="device-peaks">
        <legend>Dense peaks, TFLOP/s (TOP/s for integers); empty where the device has no units for a format</legend>
        {FORMATS.filter((format) => format !== 'int4').map((format) => (
          <Field
            key={format}
            label={FORMAT_NAMES[format]}
            value={form.peaks[format]}
            onChange={(text) => set({ peaks: { ...form.peaks, [format]: text } })}
            problem={problem(`peak-${format}`)}
            testId={`device-peak-${format}`}
          />
        ))}
      </fieldset>
      <div className="device-fields">
        <Field label="Where the figures are from" value={form.source} onChange={(source) => set({ source })} problem={problem('source')} placeholder="datasheet, page" testId="device-source" wide />
        <Field label="Notes" value={form.notes} onChange={(notes) => set({ notes })} problem={problem('notes')} testId="device-notes" wide />
      </div>
      <HardwareProblem error={failure} />
      <footer className="device-foot">
        <span className="muted">
          {outcome.kind === 'device' && outcome.replaces ? 'It goes before the built-in device of the same id.' : tried && outcome.kind === 'incomplete' ? 'Something is still missing or wrong above.' : ''}
        </span>
        <Button onClick={onDone}>Back</Button>
        <Button variant="primary" type="submit" disabled={busy} data-testid="device-save">
          {busy ? 'Keeping…' : 'Keep in this project'}
        </Button>
      </footer>
    </form>
  );
}

/** What is empty is wrong only once somebody tried to keep it. */
function problemsOf(outcome: DeviceOutcome, form: DeviceForm, tried: boolean): (field: DeviceField) => string | undefined {
  if (outcome.kind === 'device') return () => undefined;
  const textOf = (field: DeviceField): string => (field.startsWith('peak-') ? form.peaks[field.slice(5) as keyof DeviceForm['peaks']] : form[field as Exclude<DeviceField, `peak-${string}`>]);
  return (field) => (tried || textOf(field).trim() !== '' ? outcome.problems[field] : undefined);
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly problem: string | undefined;
  readonly testId: string;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly readOnly?: boolean;
  readonly wide?: boolean;
}

function Field({ label, value, onChange, problem, testId, unit, placeholder, readOnly = false, wide = false }: FieldProps): ReactNode {
  const id = useId();
  return (
    <label className={wide ? 'form-field form-field-wide' : 'form-field'}>
      <span>
        {label}
        {unit !== undefined && <small>, {unit}</small>}
      </span>
      <input
        type="text"
        autoComplete="off"
        spellCheck={false}
        className={problem === undefined ? 'form-input' : 'form-input form-input-invalid'}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : id}
        readOnly={readOnly}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        data-testid={testId}
      />
      {problem !== undefined && (
        <span id={id} role="alert" className="form-problem">
          {problem}
        </span>
      )}
    </label>
  );
}
