/**
 * From a parent to a run in three pages: what to start from, how to search and train, and a last look. Every page has
 * defaults, so that Enter three times starts the chosen preset; Enter in a field is the same as Next.
 */
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { useStore } from 'zustand';
import type { CallParams } from '../../../engine/protocol/api.ts';
import type { ErrorPayload } from '../../../engine/protocol/errors.ts';
import type { Plan } from '../../../engine/protocol/train.ts';
import { engineStore } from '../../state/engine_store.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { beginRun, freeName } from '../../state/train_actions.ts';
import { checkDraft, pageOf, PAGES, pathOf, type Checked, type FieldName, type Page, type Problems } from '../../state/train_check.ts';
import { draftOf, parentChange, type TrainDraft } from '../../state/train_draft.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { readParent, type ParentReading } from '../../state/train_parent.ts';
import { askDevices, askPresets, trainStore } from '../../state/train_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { openedDraft, ParentPage } from './wizard_parent.tsx';
import { ReviewPage } from './wizard_review.tsx';
import { TrainingPage } from './wizard_training.tsx';
import './wizard.css';

const TITLES: Readonly<Record<Page, string>> = { parent: 'Parent and text', training: 'Search space and training', review: 'Review' };
const NO_PROBLEMS: Problems = {};
const FORM = 'train-wizard';

interface TrainWizardProps {
  readonly from: { readonly id: string; readonly plan: Plan; readonly name: string } | undefined;
  /** Begins where a checkpoint folder is asked for. */
  readonly parent: 'open' | undefined;
}

export function TrainWizard({ from, parent }: TrainWizardProps) {
  const client = useStore(engineStore, (state) => (state.connection.kind === 'ready' ? state.connection.client : undefined));
  const presets = useStore(trainStore, (state) => state.presets);
  useEffect(() => {
    if (client === undefined) return;
    askPresets(client);
    askDevices(client);
  }, [client]);
  if (from !== undefined) return <Wizard initial={draftOf(from.plan, from.name)} from={from.id} />;
  const first = presets.kind === 'known' ? presets.value[0] : undefined;
  if (presets.kind === 'known' && first !== undefined) {
    const draft = draftOf(first.plan, freeName(`${first.title} parent`));
    return <Wizard initial={parent === 'open' ? openedDraft(draft, presets.value) : draft} from={undefined} />;
  }
  return (
    <Dialog title="New training run" onClose={closeDialog} width={860} testId="train-wizard">
      {presets.kind === 'failed' ? (
        <EmptyState icon="alert" title="The presets could not be read" text={presets.error.message} actions={client !== undefined && <Button onClick={() => askPresets(client)}>Try again</Button>} />
      ) : (
        <EmptyState busy title="Reading the presets…" />
      )}
    </Dialog>
  );
}

function problemsOf(checked: Checked): Problems {
  return checked.kind === 'wrong' ? checked.problems : NO_PROBLEMS;
}

/** `from` is the run that the plan is taken from: what the new plan leaves as it is need not be done again. */
function Wizard({ initial, from }: { readonly initial: TrainDraft; readonly from: string | undefined }) {
  const [draft, setDraft] = useState(initial);
  const [page, setPage] = useState<Page>('parent');
  const [reading, setReading] = useState<ParentReading>({ kind: 'none' });
  /** Fields of a page are not called wrong before somebody wants to leave it. */
  const [tried, setTried] = useState<ReadonlySet<Page>>(new Set());
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ErrorPayload>();
  /** How often a folder could not be the parent. */
  const [refused, setRefused] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const shown = useRef(page);
  const devices = useStore(hardwareStore, (state) => (state.loaded ? state.devices : undefined));
  const opened = useMemo(() => (reading.kind === 'read' && reading.folder === draft.folder.trim() ? { ...reading.own, hasTokenizer: reading.hasTokenizer } : undefined), [reading, draft.folder]);
  const known = useMemo(() => ({ opened, devices: devices?.map(({ id }) => id) }), [opened, devices]);
  const checked = useMemo(() => checkDraft(draft, known), [draft, known]);
  const problems = problemsOf(checked);
  const visible = useMemo(() => {
    // What is wrong with a folder that was read is known for sure.
    const isShown = (field: string): boolean => tried.has(pageOf(field as FieldName)) || (field === 'folder' && opened !== undefined);
    return Object.fromEntries(Object.entries(problems).filter(([field]) => isShown(field))) as Problems;
  }, [problems, tried, opened]);
  const here = PAGES.indexOf(page);

  // The dialog is open by now: its own effects come first.
  useEffect(() => form.current?.querySelector<HTMLElement>('input:checked')?.focus(), []);
  // The keyboard stays where Enter leads on.
  useEffect(() => {
    if (shown.current !== page) document.querySelector<HTMLElement>('#train-next')?.focus();
    shown.current = page;
  }, [page]);
  // The field was locked, and so without focus, while its folder was read.
  useEffect(() => {
    if (refused > 0) form.current?.querySelector<HTMLElement>('[data-testid="train-folder"]')?.focus();
  }, [refused]);

  const change = (next: Partial<TrainDraft>): void => {
    setFailure(undefined);
    setDraft((before) => ({ ...before, ...next }));
  };
  const focusWrong = (): void => {
    requestAnimationFrame(() => {
      const field = form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid] select');
      // Somebody may have folded it away although it is wrong.
      field?.closest('details')?.setAttribute('open', '');
      field?.focus();
    });
  };
  /** Looks at a checkpoint folder; meanwhile nothing can be changed that its answer would change. @returns whether it can be the parent. */
  const read = async (place: CallParams<'train.read_parent'>): Promise<boolean> => {
    setBusy(true);
    const found = await readParent(place);
    setBusy(false);
    setReading(found);
    if (found.kind === 'read') {
      setDraft((before) => ({ ...before, ...parentChange(before, found) }));
      const judged = checkDraft({ ...draft, parent: 'open', folder: found.folder }, { opened: { ...found.own, hasTokenizer: found.hasTokenizer } });
      if (judged.kind === 'ok' || judged.problems.folder === undefined) return true;
    }
    setRefused((times) => times + 1);
    return false;
  };
  /** The first page before `until` on which something is wrong, if any. */
  const wrongBefore = (until: number, found: Problems): Page | undefined => PAGES.slice(0, until).find((one) => Object.keys(found).some((field) => pageOf(field as FieldName) === one));
  const next = async (): Promise<void> => {
    setTried(new Set([...tried, ...PAGES.slice(0, here + 1)]));
    // What a folder lacked may be there by now: it is looked at again.
    const unread = page === 'parent' && draft.parent === 'open' && opened?.hasTokenizer !== true;
    const wrong = wrongBefore(here + 1, unread ? problemsOf(checkDraft(draft, { ...known, opened: undefined })) : problems);
    if (wrong !== undefined) {
      if (wrong !== page) setPage(wrong);
      // The first wrong field of the page.
      focusWrong();
      return;
    }
    if (unread && !(await read({ folder: pathOf(draft.folder) }))) return;
    if (page !== 'review') return setPage(PAGES[here + 1]);
    if (checked.kind !== 'ok') return;
    setBusy(true);
    const failed = await beginRun({ ...checked.wish, from });
    setBusy(false);
    if (failed === undefined) closeDialog();
    else setFailure(failed);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) void next();
  };

  return (
    <Dialog
      title={from === undefined ? 'New training run' : 'New run from this one'}
      onClose={closeDialog}
      width={860}
      testId="train-wizard"
      footer={
        <>
          {here > 0 && (
            <Button onClick={() => setPage(PAGES[here - 1])} disabled={busy} data-testid="train-back">
              Back
            </Button>
          )}
          <span className="top-space" />
          <Button onClick={closeDialog}>Cancel</Button>
          <Button id="train-next" type="submit" form={FORM} variant="primary" disabled={busy} data-testid="train-next">
            {page === 'review' ? (busy ? 'Starting…' : 'Start training') : busy ? 'Reading…' : 'Next'}
          </Button>
        </>
      }
    >
      <ol className="wizard-steps" aria-label="Pages">
        {PAGES.map((one, i) => (
          <li key={one} className={i < here ? 'wizard-step is-past' : 'wizard-step'} aria-current={one === page ? 'step' : undefined}>
            <button type="button" disabled={i > here || busy} onClick={() => setPage(one)}>
              <span className="wizard-number">{i + 1}</span>
              {TITLES[one]}
            </button>
          </li>
        ))}
      </ol>
      <form id={FORM} ref={form} className="wizard-page" onSubmit={submit} noValidate data-testid="train-page" data-page={page}>
        <fieldset className="wizard-lock" disabled={busy} aria-busy={busy}>
          {page === 'parent' && <ParentPage draft={draft} problems={visible} reading={reading} onChange={change} onReplace={setDraft} onRead={(place) => void read(place)} />}
          {page === 'training' && <TrainingPage draft={draft} problems={visible} opened={opened} onChange={change} />}
          {page === 'review' && <ReviewPage draft={draft} problems={visible} checked={checked} reading={reading} onChange={change} />}
        </fieldset>
      </form>
      {failure !== undefined && (
        <p className="form-failure wizard-failure" role="alert" data-testid="train-failure">
          {failure.message} {failure.hint}
        </p>
      )}
      {checked.kind === 'wrong' && checked.failure !== undefined && page === 'review' && (
        <p className="form-failure wizard-failure" role="alert">
          {checked.failure}
        </p>
      )}
    </Dialog>
  );
}
