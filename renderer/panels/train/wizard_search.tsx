/** What the search minimises, which device the child is meant for, and spans of layers that one block may replace. */
import { useStore } from 'zustand';
import type { Device } from '../../../engine/protocol/hardware.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { objectiveChoices } from '../../state/train_objective.ts';
import { neighbours, SPAN_CHOICES, spansText } from '../../state/train_spans.ts';
import type { OwnBlock } from '../../state/train_draft.ts';
import { Segmented } from '../../widgets/segmented.tsx';
import type { SelectOption } from '../../widgets/select.tsx';
import { deviceGroup, shortDeviceName } from '../model/deployment_text.ts';
import { Fold, SelectField, TextField } from './wizard_fields.tsx';
import type { PageProps } from './wizard_training.tsx';

export function SearchFields({ draft, problems, onChange }: PageProps) {
  const devices = useStore(hardwareStore, (state) => state.devices);
  const scored = draft.base.score.tasks && draft.data === 'generated';
  const objectives = objectiveChoices(scored).map(({ id, label, group }) => ({ value: id, label, group }));
  return (
    <fieldset className="wizard-section">
      <legend>Search</legend>
      <SelectField
        name="objective"
        label="Minimise"
        value={draft.objective}
        options={withChosen(objectives, draft.objective)}
        problems={problems}
        help="What replacing one block in the parent costs; the search adds it up over layers."
        onChange={(objective) => onChange({ objective })}
      />
      <SelectField
        name="targetDevice"
        label="Target"
        value={draft.targetDevice}
        options={withChosen(deviceOptions(devices), draft.targetDevice)}
        problems={problems}
        help="Runtimes that the cost model expects on this device stand beside those measured here."
        onChange={(targetDevice) => onChange({ targetDevice })}
      />
    </fieldset>
  );
}

export function SpanFields({ draft, problems, own, onChange }: PageProps & { readonly own: OwnBlock | undefined }) {
  const shown = draft.spanChoice === 'own' && draft.spans.trim() !== '' ? draft.spans : (SPAN_CHOICES.find(({ value }) => value === draft.spanChoice)?.label ?? '').toLowerCase();
  return (
    <Fold summary={`One block for several layers: ${shown}`} wrong={problems.spans !== undefined} testId="train-more-space">
      <div className="wizard-line span-line">
        <Segmented
          label="Spans of layers"
          value={draft.spanChoice}
          options={SPAN_CHOICES}
          onChange={(spanChoice) =>
            // The neighbours are a beginning for a list of one's own.
            onChange({ spanChoice, ...(spanChoice === 'own' && draft.spanChoice === 'pairs' && draft.spans.trim() === '' && own !== undefined && { spans: spansText(neighbours(own.layers)) }) })
          }
          testId="train-span-choice"
        />
      </div>
      {draft.spanChoice === 'own' && <TextField name="spans" label="First to last layer of each, from 0" value={draft.spans} problems={problems} placeholder="2-3, 4-5" onChange={(spans) => onChange({ spans })} />}
      {draft.spanChoice !== 'own' && problems.spans !== undefined && (
        <p role="alert" className="form-problem" data-testid="train-spans-problem">
          {problems.spans}
        </p>
      )}
      <p className="wizard-note muted">Every block of the search space is then also trained and scored in place of each span.</p>
    </Fold>
  );
}

/** In the order and under the headings of the Explorer's deployment. */
function deviceOptions(devices: readonly Device[]): readonly SelectOption[] {
  const groups = [...new Set(devices.map(deviceGroup))];
  return groups.flatMap((group) =>
    devices.filter((device) => deviceGroup(device) === group).map((device) => ({ value: device.id, label: `${shortDeviceName(device)}, ${Math.round(device.memory_bytes / 1e9)} GB`, group })),
  );
}

/** What is chosen stays in the list, so that a plan is seen as it is even where that is there no more. */
function withChosen(options: readonly SelectOption[], chosen: string): readonly SelectOption[] {
  return options.some(({ value }) => value === chosen) ? options : [{ value: chosen, label: chosen }, ...options];
}
