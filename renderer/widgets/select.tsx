/** A labelled choice from a list. */
import { useId } from 'react';
import './select.css';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
  /** The label is then only read out. */
  readonly hideLabel?: boolean;
  readonly disabled?: boolean;
  readonly testId?: string;
}

export function Select({ label, value, options, onChange, hideLabel = false, disabled = false, testId }: SelectProps) {
  const id = useId();
  return (
    <span className="select">
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : 'select-label'}>
        {label}
      </label>
      <select id={id} value={value} disabled={disabled} data-testid={testId} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}
