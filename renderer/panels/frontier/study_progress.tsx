/** How far a study is, with the way to stop it and to ask again. */
import type { ErrorPayload } from '../../../engine/protocol/errors.ts';
import { formatPercent } from '../../state/format.ts';
import type { StudyState } from '../../state/study_follower.ts';
import { Button } from '../../widgets/button.tsx';

interface StudyProgressProps {
  readonly label: string;
  readonly state: StudyState;
  readonly done: number;
  readonly total: number;
  /** What one of them is called, for many. */
  readonly noun: string;
  /** Optima, and impossibilities, that are proven. */
  readonly proven: number;
  readonly tookMs: number | undefined;
  readonly error: ErrorPayload | undefined;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
  readonly testId: string;
}

export function StudyProgress({ label, state, done, total, noun, proven, tookMs, error, onCancel, onAgain, testId }: StudyProgressProps) {
  const moving = state === 'running' || state === 'waiting';
  return (
    <span className="frontier-progress">
      <span role="status" className={state === 'failed' ? 'frontier-progress-text is-problem' : 'frontier-progress-text'} title={text()} data-testid={testId} data-state={state} data-done={done}>
        {moving && <progress max={total} value={state === 'waiting' ? 0 : done} aria-label={label} />}
        <span className="frontier-progress-words">{text()}</span>
      </span>
      {moving && (
        <Button variant="ghost" data-testid={`${testId}-cancel`} onClick={onCancel}>
          Stop
        </Button>
      )}
      {(state === 'cancelled' || state === 'failed') && (
        <Button variant="ghost" data-testid={`${testId}-again`} onClick={onAgain}>
          Run again
        </Button>
      )}
    </span>
  );

  function text(): string {
    switch (state) {
      case 'idle':
        return '';
      case 'waiting':
        return 'waits for the limits to rest';
      case 'running':
        return `${done} of ${total}`;
      case 'cancelled':
        return `stopped at ${done} of ${total}`;
      case 'failed':
        return error?.message ?? 'failed';
      case 'done': {
        const time = tookMs === undefined ? '' : ` · ${(tookMs / 1000).toFixed(1)} s`;
        if (done === 0) return `nothing found${time}`;
        const certainty = proven === done ? ' · all proven' : ` · ${formatPercent(Math.floor((100 * proven) / done) / 100, 0)} proven`;
        return `${done} ${noun}${certainty}${time}`;
      }
      default:
        return state satisfies never;
    }
  }
}
