/** The state of the search as a chip; changes are read out once they settle. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { solveStore } from '../../state/solve_store.ts';
import { solveAgain } from '../../state/solve_controller.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { statusText } from './status_text.ts';
import './solve_status.css';

/** Dragging a slider changes the status many times a second. */
const READ_OUT_AFTER_MS = 700;

export function SolveStatus() {
  const solve = useStore(solveStore);
  const status = statusText(solve);
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
