/** A number that can be typed: Enter or leaving the field takes it, Escape puts the old one back, nonsense says why. */
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { numberText, parseNumber } from '../state/number_text.ts';
import './number_field.css';

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
  readonly onCommit: (value: number) => void;
  /** Why a number that can be read is still refused; undefined where it is fine. */
  readonly check?: (value: number) => string | undefined;
  /** Step of the arrow keys; none where undefined. */
  readonly step?: number;
  readonly hideUnit?: boolean;
  readonly testId?: string;
}

export function NumberField({ label, value, unit, onCommit, check, step, hideUnit = false, testId }: NumberFieldProps) {
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  /** Set where leaving the field must not take its text. */
  const settled = useRef(false);
  const shown = numberText(value, unit);

  const revert = (): void => {
    setDraft(undefined);
    setProblem(undefined);
  };
  const commit = (): boolean => {
    if (draft === undefined) {
      revert();
      return true;
    }
    const parsed = parseNumber(draft, unit);
    const why = parsed.kind === 'ok' ? check?.(parsed.value) : parsed.why;
    if (parsed.kind !== 'ok' || why !== undefined) {
      setProblem(why);
      return false;
    }
    revert();
    // Text left as it was shown means the exact value, not the rounded one. Typing it again still takes it.
    onCommit(draft === shown ? value : parsed.value);
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') {
      if (commit()) event.currentTarget.select();
    } else if (event.key === 'Escape' && draft !== undefined) {
      event.stopPropagation();
      event.preventDefault();
      settled.current = true;
      revert();
      event.currentTarget.blur();
    } else if (step !== undefined && draft === undefined && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      const next = value + (event.key === 'ArrowUp' ? step : -step) * (event.shiftKey ? 10 : 1);
      if (check?.(next) === undefined) onCommit(next);
    }
  };
  return (
    <span className="number-field">
      <span className={problem === undefined ? 'number-field-box' : 'number-field-box number-field-invalid'}>
        <input
          type="text"
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          aria-label={hideUnit || unit === '' ? label : `${label}, ${unit}`}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          data-testid={testId}
          value={draft ?? shown}
          onChange={(event) => {
            setDraft(event.target.value);
            setProblem(undefined);
          }}
          onFocus={(event) => event.currentTarget.select()}
          onBlur={() => {
            if (settled.current) settled.current = false;
            else if (!commit()) return;
          }}
          onKeyDown={onKeyDown}
        />
        {!hideUnit && unit !== '' && <span className="number-field-unit">{unit}</span>}
      </span>
      {problem !== undefined && (
        <span id={id} role="alert" className="number-field-problem">
          {problem}
        </span>
      )}
    </span>
  );
}
