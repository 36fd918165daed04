/**
 * A number of a workload; empty means what the placeholder says. What is wrong with it comes after it with its name, as
 * an element of its own that the surroundings give a line.
 */
import { useId, useState, type KeyboardEvent } from 'react';
import { numberText, parseNumber } from '../../state/number_text.ts';
import '../../widgets/number_field.css';

interface WorkloadFieldProps {
  /** Names the field in messages too. */
  readonly label: string;
  readonly value: number | undefined;
  readonly unit: string;
  /** What holds while the field is empty; without it the field cannot be. */
  readonly placeholder?: string;
  readonly check: (value: number) => string | undefined;
  readonly onCommit: (value: number | undefined) => void;
  readonly testId: string;
}

export function WorkloadField({ label, value, unit, placeholder, check, onCommit, testId }: WorkloadFieldProps) {
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const shown = value === undefined ? '' : numberText(value, unit);
  const revert = (): void => {
    setDraft(undefined);
    setProblem(undefined);
  };
  const commit = (): void => {
    if (draft === undefined || draft === shown) return revert();
    if (draft.trim() === '' && placeholder !== undefined) {
      revert();
      return onCommit(undefined);
    }
    const parsed = parseNumber(draft, unit);
    const why = parsed.kind === 'ok' ? check(parsed.value) : parsed.why;
    if (parsed.kind !== 'ok' || why !== undefined) return setProblem(why);
    revert();
    return onCommit(parsed.value);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') commit();
    if (event.key !== 'Escape' || draft === undefined) return;
    event.stopPropagation();
    revert();
  };
  return (
    <>
      <span className={`workload-field number-field-box${problem === undefined ? '' : ' number-field-invalid'}`}>
        <input
          type="text"
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          aria-label={unit === '' ? label : `${label}, ${unit}`}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          data-testid={testId}
          placeholder={placeholder}
          value={draft ?? shown}
          onChange={(event) => {
            setDraft(event.target.value);
            setProblem(undefined);
          }}
          onFocus={(event) => event.currentTarget.select()}
          onBlur={commit}
          onKeyDown={onKeyDown}
        />
        {unit !== '' && <span className="number-field-unit">{unit}</span>}
      </span>
      {problem !== undefined && (
        <span id={id} role="alert" className="workload-problem">
          {label}: {problem.charAt(0).toLowerCase() + problem.slice(1)}
        </span>
      )}
    </>
  );
}

/** For `check`: a whole number from `least`. */
export function wholeFrom(least: number): (value: number) => string | undefined {
  return (value) => (Number.isInteger(value) && value >= least ? undefined : `type a whole number from ${least}.`);
}
