/** A labelled choice from a list. */
import { useId } from 'react';
import './select.css';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
  /** Heading that it stands under; options of a group follow each other. */
  readonly group?: string | undefined;
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
        {grouped(options).map(({ group, members }) =>
          group === undefined ? members.map(optionOf) : <optgroup key={group} label={group}>{members.map(optionOf)}</optgroup>,
        )}
      </select>
    </span>
  );
}

function optionOf({ value, label }: SelectOption) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  );
}

function grouped(options: readonly SelectOption[]): readonly { readonly group: string | undefined; readonly members: readonly SelectOption[] }[] {
  const groups: { group: string | undefined; members: SelectOption[] }[] = [];
  for (const option of options) {
    const last = groups.at(-1);
    if (last !== undefined && last.group === option.group) last.members.push(option);
    else groups.push({ group: option.group, members: [option] });
  }
  return groups;
}
