/** The steps of a run from top to bottom, as tabs of the detail beside them; the last one is what came of it all. */
import { memo, useEffect, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { StepState } from '../../../engine/protocol/train.ts';
import { partOfInterest, RESULT, type RunPart } from '../../state/train_run.ts';
import { runStore } from '../../state/train_run_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { StateIcon } from './state_icon.tsx';
import { percentText, STEP_WORDS, stepTime } from './step_texts.ts';

export function PipelineList({ shown }: { readonly shown: RunPart }) {
  const steps = useStore(runStore, ({ view }) => view?.progress.steps);
  const done = useStore(runStore, ({ view }) => view?.progress.state === 'done');
  const parts: readonly RunPart[] = [...(steps ?? []).map(({ kind }) => kind), RESULT];
  // It changes by itself too, as the run goes on.
  useEffect(() => {
    document.querySelector(`#part-${shown}`)?.scrollIntoView({ block: 'nearest' });
  }, [shown]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const here = parts.indexOf(shown);
    const target = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: parts.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = parts[(target + parts.length) % parts.length];
    choosePart(next);
    document.querySelector<HTMLElement>(`#part-${next}`)?.focus();
  };
  return (
    <div className="pipeline" role="tablist" aria-label="Steps of this run" aria-orientation="vertical" data-testid="pipeline">
      {(steps ?? []).map((step) => (
        <StepRow key={step.kind} step={step} shown={step.kind === shown} onKeyDown={onKeyDown} />
      ))}
      <button
        type="button"
        role="tab"
        id={`part-${RESULT}`}
        className={done ? 'step step-done' : 'step step-waiting'}
        aria-selected={shown === RESULT}
        aria-controls="run-part"
        tabIndex={shown === RESULT ? 0 : -1}
        onClick={() => choosePart(RESULT)}
        onKeyDown={onKeyDown}
        data-testid="step-result"
      >
        <StateIcon look={done ? 'done' : 'waiting'} />
        <span className="step-title">Result</span>
      </button>
    </div>
  );
}

const StepRow = memo(function StepRow({ step, shown, onKeyDown }: { readonly step: StepState; readonly shown: boolean; readonly onKeyDown: (event: KeyboardEvent) => void }) {
  const { kind, title, state, progress, outcome, jobs } = step;
  const time = stepTime(step);
  const line = outcome ?? (state === 'running' && jobs.total > 1 ? `${jobs.done} of ${jobs.total} jobs` : state === 'failed' ? 'failed' : state === 'cancelled' ? 'stopped' : undefined);
  return (
    <button
      type="button"
      role="tab"
      id={`part-${kind}`}
      className={`step step-${state}`}
      aria-selected={shown}
      aria-controls="run-part"
      tabIndex={shown ? 0 : -1}
      onClick={() => choosePart(kind)}
      onKeyDown={onKeyDown}
      data-testid={`step-${kind}`}
      data-state={state}
    >
      <StateIcon look={state === 'cancelled' ? 'cancelled' : state} progress={progress} />
      <span className="step-title">
        {title}
        <span className="visually-hidden">, {STEP_WORDS[state]}</span>
      </span>
      {(line !== undefined || time !== '') && (
        <span className="step-foot">
          <span className="step-line">{line}</span>
          <span className="step-time">{time}</span>
        </span>
      )}
      {state === 'running' && (
        <span className="step-bar" role="progressbar" aria-label={title} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(100 * progress)} aria-valuetext={percentText(progress)}>
          <span style={{ width: `${100 * progress}%` }} />
        </span>
      )}
    </button>
  );
}, same);

/** The handler is another one with every drawing and the same in effect. */
function same(a: { readonly step: StepState; readonly shown: boolean }, b: { readonly step: StepState; readonly shown: boolean }): boolean {
  // The row that is shown has the keyboard, which must know all rows.
  return a.step === b.step && a.shown === b.shown && !b.shown;
}

/** Choosing the part that says most now means to go on following it. */
function choosePart(part: RunPart): void {
  const progress = runStore.getState().view?.progress;
  viewStore.setState({ runPart: progress !== undefined && partOfInterest(progress) === part ? undefined : part });
}
