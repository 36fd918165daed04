/** The state of the search as a chip; changes are read out once they settle. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { solveStore, type SolveState } from '../../state/solve_store.ts';
import { solveAgain } from '../../state/solve_controller.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { statusText } from './status_text.ts';
import './solve_status.css';

/** Dragging a slider changes the status many times a second. */
const READ_OUT_AFTER_MS = 700;
/** Longer than the next position of a moving slider takes to come. */
const RESTED_AFTER_MS = 120;

export function SolveStatus() {
  const solve = useStore(solveStore);
  const following = useFollowing(solve.awaiting);
  const status = statusText(solve, following);
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(status.text), READ_OUT_AFTER_MS);
    return () => clearTimeout(timer);
  }, [status.text]);
  return (
    <span className="solve-status-box">
      <Tooltip text={`${status.details}\nPress to search again.`}>
        <button
          type="button"
          className={`solve-status solve-status-${status.kind}`}
          data-testid="solve-status"
          data-status={status.kind}
          data-pending={solve.pending}
          data-answers={answersOf(solve)}
          aria-label={`Search: ${status.text}`}
          onClick={solveAgain}
        >
          <span className="solve-status-dot" aria-hidden="true" />
          {status.text}
        </button>
      </Tooltip>
      <span className="visually-hidden" aria-live="polite">
        {spoken}
      </span>
    </span>
  );
}

/** True from the moment that nothing on screen answers the limits until that has rested: a verdict must not flicker. */
function useFollowing(awaiting: boolean): boolean {
  const [following, setFollowing] = useState(awaiting);
  if (awaiting && !following) setFollowing(true);
  useEffect(() => {
    if (awaiting || !following) return;
    const timer = setTimeout(() => setFollowing(false), RESTED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [awaiting, following]);
  return awaiting || following;
}

/** The limits that the child on screen answers, as `column side:value;`. */
function answersOf({ answer }: SolveState): string {
  return (answer?.problem.limits ?? []).map(({ column, max, min }) => `${column} ${max === undefined ? `min:${min}` : `max:${max}`};`).join(' ');
}
