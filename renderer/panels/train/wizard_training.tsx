/** Second page: which blocks to choose from, how they and the child are trained, and within which limits. */
import { useStore } from 'zustand';
import { TENSOR_BACKENDS, tensorBackendSchema } from '../../../engine/protocol/train.ts';
import type { Problems } from '../../state/train_check.ts';
import { BLD_MODES, ownBlock, withLimit, withoutLimit, type OwnBlock, type TrainDraft, type TrainingFields } from '../../state/train_draft.ts';
import { LOSS_CHOICES, lossChoiceOf } from '../../state/train_losses.ts';
import { knownOf, trainStore } from '../../state/train_store.ts';
import { Button, IconButton } from '../../widgets/button.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { Select } from '../../widgets/select.tsx';
import { EXPERIMENT_INFOS } from '../../state/train_experiment.ts';
import { BACKEND_NAMES } from './device_line.tsx';
import { Fold, SwitchField, TextField } from './wizard_fields.tsx';
import { SearchFields, SpanFields } from './wizard_search.tsx';

export interface PageProps {
  readonly draft: TrainDraft;
  readonly problems: Problems;
  readonly onChange: (change: Partial<TrainDraft>) => void;
}

export function TrainingPage({ opened, ...props }: PageProps & { readonly opened: OwnBlock | undefined }) {
  return (
    <div className="wizard-columns">
      <div>
        <SpaceFields {...props} opened={opened} />
        <SearchFields {...props} />
        <LimitFields {...props} />
        <ExperimentFields {...props} />
      </div>
      <div>
        <TrainingTable {...props} />
        <MachineFields {...props} />
        <SizeFields {...props} />
      </div>
    </div>
  );
}

function SpaceFields({ draft, problems, opened, onChange }: PageProps & { readonly opened: OwnBlock | undefined }) {
  const own = draft.parent === 'open' ? opened : ownBlock(draft.base);
  return (
    <fieldset className="wizard-section">
      <legend>Search space</legend>
      <div className="space-row">
        <TextField
          name="kvHeads"
          label={own === undefined ? 'Attention: KV heads' : `Attention: KV heads below ${own.kvHeads}`}
          value={draft.kvHeads}
          problems={problems}
          help="Heads are averaged in equal groups, so these must divide the parent’s number."
          onChange={(kvHeads) => onChange({ kvHeads })}
        />
        <span className="space-switches">
          <SwitchField label="linear" checked={draft.linearAttention} onChange={(linearAttention) => onChange({ linearAttention })} testId="train-linear-attention" />
          <SwitchField label="none" checked={draft.noAttention} onChange={(noAttention) => onChange({ noAttention })} testId="train-no-attention" />
        </span>
      </div>
      <div className="space-row">
        <TextField
          name="widths"
          label={own === undefined ? 'FFN: widths' : `FFN: widths below ${own.width}`}
          value={draft.widths}
          problems={problems}
          help="The channels that contribute least are left out."
          onChange={(widths) => onChange({ widths })}
        />
        <span className="space-switches">
          <SwitchField label="linear" checked={draft.linearFfn} onChange={(linearFfn) => onChange({ linearFfn })} testId="train-linear-ffn" />
          <SwitchField label="none" checked={draft.noFfn} onChange={(noFfn) => onChange({ noFfn })} testId="train-no-ffn" />
        </span>
      </div>
      <SpanFields draft={draft} problems={problems} own={own} onChange={onChange} />
    </fieldset>
  );
}

function LimitFields({ draft, problems, onChange }: PageProps) {
  const set = (key: number, change: { readonly params?: string; readonly kv?: string }): void => onChange({ limits: draft.limits.map((limit) => (limit.key === key ? { ...limit, ...change } : limit)) });
  return (
    <fieldset className="wizard-section">
      <legend>Limits, in percent of the parent</legend>
      <table className="limit-fields">
        <thead>
          <tr>
            <th scope="col">Parameters</th>
            <th scope="col">KV cache</th>
            <th scope="col">Distil</th>
            <th scope="col">
              <span className="visually-hidden">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {draft.limits.map(({ key, params, kv }, i) => (
            <tr key={key}>
              <td>
                <TextField name={`limit_${key}_params`} label={`Set ${i + 1}: parameters, percent`} value={params} problems={problems} numeric bare unit="%" onChange={(text) => set(key, { params: text })} />
              </td>
              <td>
                <TextField name={`limit_${key}_kv`} label={`Set ${i + 1}: KV cache, percent`} value={kv} problems={problems} numeric bare unit="%" onChange={(text) => set(key, { kv: text })} />
              </td>
              <td className="limit-chosen">
                <input type="radio" name="chosen-limit" checked={draft.chosen === key} onChange={() => onChange({ chosen: key })} aria-label={`Distil and export the child of set ${i + 1}`} data-testid={`train-chosen-${key}`} />
              </td>
              <td>
                <IconButton icon="trash" label={`Remove set ${i + 1}`} disabled={draft.limits.length === 1} onClick={() => onChange(withoutLimit(draft, key))} data-testid={`train-remove-limit-${key}`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {problems.limits !== undefined && <p className="form-problem">{problems.limits}</p>}
      <Button variant="ghost" icon="add" onClick={() => onChange(withLimit(draft))} data-testid="train-add-limit">
        Another set
      </Button>
    </fieldset>
  );
}

const ROWS = [
  { part: 'parent', field: 'parentTraining', label: 'Parent' },
  { part: 'bld', field: 'bld', label: 'Blocks (BLD)' },
  { part: 'gkd', field: 'gkd', label: 'Child (GKD)' },
] as const;

function TrainingTable({ draft, problems, onChange }: PageProps) {
  const rows = ROWS.filter(({ part }) => (part === 'parent' ? draft.parent === 'train' : part === 'bld' ? draft.bldMode !== 'none' : true));
  const loss = lossChoiceOf({ lm: Number(draft.lm), cosine: Number(draft.cosine), kl: Number(draft.kl) });
  return (
    <fieldset className="wizard-section">
      <legend>Training</legend>
      <table className="training-fields">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">What is trained</span>
            </th>
            <th scope="col">Steps</th>
            <th scope="col">Batch</th>
            <th scope="col">Learning rate</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ part, field, label }) => {
            const fields = draft[field];
            const set = (change: Partial<TrainingFields>): void => onChange({ [field]: { ...fields, ...change } });
            return (
              <tr key={part}>
                <th scope="row">{label}</th>
                <td>
                  <TextField name={`${part}_steps`} label={`${label}: steps`} value={fields.steps} problems={problems} numeric bare onChange={(steps) => set({ steps })} />
                </td>
                <td>
                  <TextField name={`${part}_batch`} label={`${label}: sequences per step`} value={fields.batch} problems={problems} numeric bare onChange={(batch) => set({ batch })} />
                </td>
                <td>
                  <TextField name={`${part}_rate`} label={`${label}: learning rate`} value={fields.rate} problems={problems} numeric bare onChange={(rate) => set({ rate })} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div className="wizard-line">
        <span className="field-name">BLD</span>
        <Segmented label="BLD mode" value={draft.bldMode} options={BLD_MODES} onChange={(bldMode) => onChange({ bldMode })} testId="train-bld" />
      </div>
      <p className="wizard-note muted">
        {
          {
            decoupled: 'Attention and FFN variants are trained apart, each beside the parent’s other half.',
            coupled: 'Every pair is trained together: better blocks, many more of them.',
            two_stage: 'Apart first; then together, those pairs that the search chose.',
            none: 'Blocks stay as they are initialised: the ablation without BLD.',
          }[draft.bldMode]
        }
      </p>
      <div className="wizard-line loss-line">
        <Select
          label="GKD loss"
          value={loss?.id ?? 'own'}
          options={[...LOSS_CHOICES.map(({ id, label }) => ({ value: id, label })), ...(loss === undefined ? [{ value: 'own', label: 'Own weights' }] : [])]}
          onChange={(id) => {
            const chosen = LOSS_CHOICES.find((choice) => choice.id === id);
            if (chosen !== undefined) onChange({ lm: String(chosen.loss.lm), cosine: String(chosen.loss.cosine), kl: String(chosen.loss.kl) });
          }}
          testId="train-loss"
        />
      </div>
      <div className="field-grid">
        <TextField name="cosine" label="Cosine weight" value={draft.cosine} problems={problems} numeric onChange={(cosine) => onChange({ cosine })} />
        <TextField name="kl" label="KL weight" value={draft.kl} problems={problems} numeric onChange={(kl) => onChange({ kl })} />
        <TextField name="lm" label="LM weight" value={draft.lm} problems={problems} numeric onChange={(lm) => onChange({ lm })} />
      </div>
    </fieldset>
  );
}

function MachineFields({ draft, problems, onChange }: PageProps) {
  const devices = knownOf(useStore(trainStore, (state) => state.devices));
  const looking = useStore(trainStore, (state) => state.devices.kind === 'asking');
  const device = devices?.device;
  const skipped = device?.skipped ?? [];
  const usable = TENSOR_BACKENDS.filter((backend) => device !== undefined && TENSOR_BACKENDS.indexOf(backend) > TENSOR_BACKENDS.indexOf(device.backend));
  return (
    <fieldset className="wizard-section">
      <legend>Computing</legend>
      <div className="wizard-line">
        <Select
          label="With"
          value={draft.backend}
          options={[{ value: '', label: device === undefined ? (looking ? 'The best there is (looking…)' : 'The best there is') : device.line }, ...usable.map((backend) => ({ value: backend, label: BACKEND_NAMES[backend] }))]}
          onChange={(value) => {
            const parsed = tensorBackendSchema.safeParse(value);
            onChange({ backend: parsed.success ? parsed.data : '' });
          }}
          testId="train-backend"
        />
      </div>
      {skipped.length > 0 && (
        <details className="wizard-details">
          <summary>Why nothing faster</summary>
          <ul>
            {skipped.map(({ backend, reason }) => (
              <li key={backend}>
                <strong>{BACKEND_NAMES[backend]}:</strong> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="field-grid">
        <TextField name="processes" label="Processes" value={draft.processes} problems={problems} numeric placeholder={devices === undefined ? 'auto' : `auto: ${devices.processes}`} help="Trainer processes at once; each works on another layer." onChange={(processes) => onChange({ processes })} />
        <TextField name="seed" label="Seed" value={draft.seed} problems={problems} numeric help="Decides text, weights and every order. The same seed on the same backend gives the same files." onChange={(seed) => onChange({ seed })} />
      </div>
    </fieldset>
  );
}

function ExperimentFields({ draft, problems, onChange }: PageProps) {
  return (
    <Fold summary={`Experiments afterwards${draft.experiments.length > 0 ? `: ${draft.experiments.length}` : ''}`} wrong={problems.experimentSeeds !== undefined} className="wizard-section" testId="train-experiments">
      <p className="wizard-note muted">Ablations on this parent; each can also be asked for when the run is done.</p>
      <div className="experiment-variants">
        {EXPERIMENT_INFOS.map(({ id, title, line }) => (
          <label key={id} className="experiment-variant" title={line}>
            <input
              type="checkbox"
              checked={draft.experiments.includes(id)}
              onChange={(event) => onChange({ experiments: event.target.checked ? [...draft.experiments, id] : draft.experiments.filter((one) => one !== id) })}
              data-testid={`train-experiment-${id}`}
            />
            {title}
          </label>
        ))}
      </div>
      {draft.experiments.length > 0 && (
        <div className="field-grid">
          <TextField name="experimentSeeds" label="Seeds of each" value={draft.experimentSeeds} problems={problems} numeric onChange={(experimentSeeds) => onChange({ experimentSeeds })} />
        </div>
      )}
    </Fold>
  );
}

function SizeFields({ draft, problems, onChange }: PageProps) {
  const wrong = (['sequence', 'trainTokens', 'heldOutTokens', 'scoreSequences', 'evaluateSequences', 'taskExamples', 'randomChildren', 'architectures', 'narrow'] as const).some((field) => problems[field] !== undefined);
  return (
    <Fold summary="Sizes of data and measurements" wrong={wrong} className="wizard-section" testId="train-sizes">
      <div className="field-grid">
        <TextField name="sequence" label="Tokens per sequence" value={draft.sequence} problems={problems} numeric onChange={(sequence) => onChange({ sequence })} />
        <TextField name="trainTokens" label="Training tokens" value={draft.trainTokens} problems={problems} numeric onChange={(trainTokens) => onChange({ trainTokens })} />
        <TextField name="heldOutTokens" label="Held-out tokens" value={draft.heldOutTokens} problems={problems} numeric onChange={(heldOutTokens) => onChange({ heldOutTokens })} />
        <TextField name="scoreSequences" label="Sequences scored on" value={draft.scoreSequences} problems={problems} numeric onChange={(scoreSequences) => onChange({ scoreSequences })} />
        <TextField name="evaluateSequences" label="Sequences measured on" value={draft.evaluateSequences} problems={problems} numeric onChange={(evaluateSequences) => onChange({ evaluateSequences })} />
        <TextField name="taskExamples" label="Examples per task" value={draft.taskExamples} problems={problems} numeric onChange={(taskExamples) => onChange({ taskExamples })} />
        <TextField name="architectures" label="Additivity: children" value={draft.architectures} problems={problems} numeric onChange={(architectures) => onChange({ architectures })} />
        <TextField name="narrow" label="of them at one runtime" value={draft.narrow} problems={problems} numeric onChange={(narrow) => onChange({ narrow })} />
        <TextField name="randomChildren" label="Random children per limit" value={draft.randomChildren} problems={problems} numeric onChange={(randomChildren) => onChange({ randomChildren })} />
      </div>
    </Fold>
  );
}
