/** First page: which parent, and which text. */
import { useStore } from 'zustand';
import type { CallParams } from '../../../engine/protocol/api.ts';
import type { TrainPreset } from '../../../engine/protocol/train_api.ts';
import type { Problems } from '../../state/train_check.ts';
import { freeName } from '../../state/train_actions.ts';
import { draftOf, type TrainDraft } from '../../state/train_draft.ts';
import { durationText, freeNumber } from '../../state/train_numbers.ts';
import type { ParentReading } from '../../state/train_parent.ts';
import { knownOf, trainStore } from '../../state/train_store.ts';
import { Button } from '../../widgets/button.tsx';
import { RadioCard, TextField } from './wizard_fields.tsx';

interface ParentPageProps {
  readonly draft: TrainDraft;
  readonly problems: Problems;
  readonly reading: ParentReading;
  readonly onChange: (change: Partial<TrainDraft>) => void;
  /** Begins anew from another preset. */
  readonly onReplace: (draft: TrainDraft) => void;
  /** Has a checkpoint folder read. */
  readonly onRead: (place: CallParams<'train.read_parent'>) => void;
}

/** What an opened parent takes its settings of training from. */
const FOR_OPENED = 'tiny';

/** The draft of a parent that is opened; what was said of text and folder stays. */
export function openedDraft(draft: TrainDraft, presets: readonly TrainPreset[]): TrainDraft {
  const preset = presets.find(({ id }) => id === FOR_OPENED) ?? presets[0];
  const base = preset === undefined ? draft : { ...draftOf(preset.plan, freeName('Opened parent')), data: draft.data, dataPath: draft.dataPath };
  return { ...base, parent: 'open', folder: draft.folder };
}

export function ParentPage({ draft, problems, reading, onChange, onReplace, onRead }: ParentPageProps) {
  const presets = knownOf(useStore(trainStore, (state) => state.presets)) ?? [];
  const host = window.workbenchHost;
  const opens = draft.parent === 'open';
  const pick = async (): Promise<void> => {
    const picked = await host?.pickLibrary('folder');
    if (picked !== undefined) onRead({ handle: picked.handle });
  };
  return (
    <div className="wizard-columns">
      <fieldset className="wizard-section">
        <legend>Parent</legend>
        {presets.map(({ id, title, line, estimate_s: seconds, plan }) => (
          <RadioCard
            key={id}
            name="parent"
            value={id}
            checked={!opens && draft.base.preset === id}
            onChange={() => onReplace({ ...draftOf(plan, freeName(`${title} parent`)), data: draft.data, dataPath: draft.dataPath })}
            title={`Train: ${title.toLowerCase()}`}
            line={line}
            aside={`about ${durationText(seconds)}`}
            testId={`train-preset-${id}`}
          />
        ))}
        <RadioCard name="parent" value="open" checked={opens} onChange={() => onReplace(openedDraft(draft, presets))} title="Open a checkpoint folder" line="Hugging Face layout of the Llama family: config.json, safetensors, tokenizer.json." testId="train-preset-open">
          <div className="radio-card-body">
            <TextField name="folder" label="Folder" value={draft.folder} problems={problems} placeholder="/models/TinyLlama-1.1B" onChange={(folder) => onChange({ folder })} />
            {host !== undefined && (
              <Button icon="folder" onClick={() => void pick()} data-testid="train-pick-folder">
                Choose…
              </Button>
            )}
            {reading.kind === 'failed' && (
              <p className="form-failure" role="alert" data-testid="train-folder-failure">
                {reading.error.message} {reading.error.hint}
              </p>
            )}
            {reading.kind === 'read' && reading.folder === draft.folder.trim() && (
              <p className="muted" data-testid="train-folder-read">
                {reading.architecture.name}: {reading.architecture.blocks.length} layers, {reading.own.kvHeads} KV heads, FFN width {freeNumber(reading.own.width)}
              </p>
            )}
          </div>
        </RadioCard>
      </fieldset>
      <fieldset className="wizard-section">
        <legend>Text to learn from</legend>
        <RadioCard
          name="data"
          value="generated"
          checked={draft.data === 'generated'}
          onChange={() => onChange({ data: 'generated' })}
          title="Bundled corpus"
          line="Generated here, with six tasks whose accuracy shows what a child keeps. Nothing is downloaded."
          testId="train-data-generated"
        />
        <RadioCard name="data" value="files" checked={draft.data === 'files'} onChange={() => onChange({ data: 'files' })} title="Own text" line="A .txt, .md or .jsonl file (field “text”), or a folder of such; read where it is." testId="train-data-files">
          <div className="radio-card-body">
            <TextField name="dataPath" label="File or folder" value={draft.dataPath} problems={problems} placeholder="/data/articles.jsonl" onChange={(dataPath) => onChange({ dataPath })} />
          </div>
        </RadioCard>
        <p className="wizard-note muted">
          {draft.data === 'generated' ? 'Held-out losses and task accuracies come from documents that are not trained on.' : 'Own text has no tasks: children are judged by loss and KL. It is split by document into training and held-out text.'}
        </p>
      </fieldset>
    </div>
  );
}
