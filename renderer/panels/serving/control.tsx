/** One control of the Serving view with its name above it. */
import { useId, type ReactNode } from 'react';
import { Tooltip } from '../../widgets/tooltip.tsx';
import '../../widgets/select.css';

interface ControlProps {
  readonly label: string;
  /** What it means, where its name does not say. */
  readonly help?: string;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Control({ label, help, className = '', children }: ControlProps) {
  const name = <span className="control-name">{label}</span>;
  return (
    <div className={`control ${className}`}>
      {help === undefined ? name : <Tooltip text={help}>{name}</Tooltip>}
      {children}
    </div>
  );
}

export interface OptionGroup {
  /** Options without a heading where undefined. */
  readonly title: string | undefined;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

interface GroupedSelectProps {
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly groups: readonly OptionGroup[];
  readonly onChange: (value: string) => void;
  readonly className?: string;
  readonly testId: string;
}

/** A choice from a list under headings. */
export function GroupedSelect({ label, help, value, groups, onChange, className, testId }: GroupedSelectProps) {
  const id = useId();
  return (
    <Control label={label} help={help} className={className}>
      <span className="select">
        <select id={id} aria-label={label} value={value} data-testid={testId} onChange={(event) => onChange(event.target.value)}>
          {groups.map(({ title, options }) =>
            title === undefined ? (
              options.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))
            ) : (
              <optgroup key={title} label={title}>
                {options.map((option) => (
                  <option key={option.value} value={option.value}>
                    {option.label}
                  </option>
                ))}
              </optgroup>
            ),
          )}
        </select>
      </span>
    </Control>
  );
}
