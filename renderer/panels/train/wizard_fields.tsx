/** Text fields of the wizard, with what is wrong with them below; Enter in any of them goes to the next page. */
import { useId, useState, type ReactNode } from 'react';
import type { FieldName, Problems } from '../../state/train_check.ts';
import { Select, type SelectOption } from '../../widgets/select.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import '../../widgets/form.css';

interface TextFieldProps {
  readonly name: FieldName;
  readonly label: string;
  readonly value: string;
  readonly problems: Problems;
  readonly onChange: (text: string) => void;
  readonly help?: string;
  readonly placeholder?: string;
  readonly unit?: string;
  readonly numeric?: boolean;
  /** The label is only read out: the table around says it. */
  readonly bare?: boolean;
}

export function TextField({ name, label, value, problems, onChange, help, placeholder, unit, numeric = false, bare = false }: TextFieldProps) {
  const id = useId();
  const problem = problems[name];
  const title = <span className={bare ? 'visually-hidden' : 'field-name'}>{label}</span>;
  return (
    <label className={bare ? 'form-field field-bare' : 'form-field'}>
      {help === undefined || bare ? title : <Tooltip text={help}>{title}</Tooltip>}
      <span className="field-box">
        <input
          type="text"
          inputMode={numeric ? 'decimal' : 'text'}
          autoComplete="off"
          spellCheck={false}
          className={`form-input${problem === undefined ? '' : ' form-input-invalid'}${numeric ? ' field-numeric' : ''}`}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          data-testid={`train-${name}`}
        />
        {unit !== undefined && <span className="field-unit">{unit}</span>}
      </span>
      {problem !== undefined && (
        <span id={id} role="alert" className="form-problem" data-testid={`train-${name}-problem`}>
          {problem}
        </span>
      )}
    </label>
  );
}

interface SelectFieldProps {
  readonly name: FieldName;
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly problems: Problems;
  readonly help: string;
  readonly onChange: (value: string) => void;
}

/** A choice that can have become wrong by another one. */
export function SelectField({ name, label, value, options, problems, help, onChange }: SelectFieldProps) {
  const problem = problems[name];
  return (
    <div className="select-field" data-invalid={problem === undefined ? undefined : true}>
      <Tooltip text={help}>
        <div className="wizard-line">
          <Select label={label} value={value} options={options} onChange={onChange} testId={`train-${name}`} />
        </div>
      </Tooltip>
      {problem !== undefined && (
        <p role="alert" className="form-problem" data-testid={`train-${name}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

interface FoldProps {
  readonly summary: ReactNode;
  /** Something in it is wrong, so that it must be seen. */
  readonly wrong: boolean;
  readonly className?: string;
  readonly testId: string;
  readonly children: ReactNode;
}

/** Fields out of sight until they are asked for. Opened for what is wrong, it stays open while that is put right. */
export function Fold({ summary, wrong, className = '', testId, children }: FoldProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className={`wizard-details ${className}`} open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)} data-testid={testId}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}

export function SwitchField({ label, checked, onChange, testId }: { readonly label: string; readonly checked: boolean; readonly onChange: (checked: boolean) => void; readonly testId: string }) {
  return (
    <span className="switch-field">
      <Switch label={label} checked={checked} onChange={onChange} testId={testId} />
      {label}
    </span>
  );
}

interface RadioCardProps {
  readonly name: string;
  readonly value: string;
  readonly checked: boolean;
  readonly onChange: () => void;
  readonly title: string;
  readonly line?: ReactNode;
  readonly aside?: ReactNode;
  readonly testId: string;
  readonly children?: ReactNode;
}

/** One of several ways, with a line on each. */
export function RadioCard({ name, value, checked, onChange, title, line, aside, testId, children }: RadioCardProps) {
  return (
    <div className={checked ? 'radio-card radio-card-on' : 'radio-card'}>
      <label className="radio-card-head">
        <input type="radio" name={name} value={value} checked={checked} onChange={onChange} data-testid={testId} />
        <span className="radio-card-title">{title}</span>
        {aside !== undefined && <span className="radio-card-aside muted">{aside}</span>}
        {line !== undefined && <span className="radio-card-line muted">{line}</span>}
      </label>
      {checked && children}
    </div>
  );
}
