/** The shape of a model entered by hand, for families whose config.json cannot be read. */
import { useId } from 'react';
import type { FormFields, FormProblems } from '../../state/recipe_model.ts';
import { Switch } from '../../widgets/switch.tsx';
import { Select } from '../../widgets/select.tsx';
import '../../widgets/form.css';

interface ModelFormProps {
  readonly fields: FormFields;
  readonly problems: FormProblems;
  readonly onChange: (fields: FormFields) => void;
}

const COUNTS = [
  ['num_hidden_layers', 'Layers', 'such as 32'],
  ['hidden_size', 'Hidden size', 'such as 4096'],
  ['num_attention_heads', 'Attention heads', 'such as 32'],
  ['num_key_value_heads', 'KV heads', 'such as 8'],
  ['head_dim', 'Head size', 'hidden / heads'],
  ['intermediate_size', 'FFN width', 'such as 14336'],
  ['vocab_size', 'Vocabulary', 'such as 128256'],
  ['max_position_embeddings', 'Longest sequence', 'not stated'],
] as const;

/** The fields that something is wrong with, by their names on screen. */
export function missingFields(problems: FormProblems): string {
  const names = [...(problems.name === undefined ? [] : ['name']), ...COUNTS.flatMap(([key, label]) => (problems[key] === undefined ? [] : [lowered(label)]))];
  return names.join(', ');
}

const BIASES = [
  { value: 'none', label: 'none' },
  { value: 'qkv', label: 'queries, keys, values' },
  { value: 'qkvo', label: 'output too' },
] as const;

export function ModelForm({ fields, problems, onChange }: ModelFormProps) {
  return (
    <fieldset className="model-form" data-testid="model-form">
      <legend>Shape of the model, in the names of its config.json</legend>
      <TextField label="Name" name="name" value={fields.name ?? ''} problem={problems.name} placeholder="My model" onChange={(name) => onChange({ ...fields, name })} wide />
      {COUNTS.map(([key, label, placeholder]) => (
        <TextField
          key={key}
          label={label}
          name={key}
          value={fields[key] === undefined ? '' : String(fields[key])}
          problem={problems[key]}
          placeholder={placeholder}
          onChange={(text) => onChange({ ...fields, [key]: countOf(text) })}
        />
      ))}
      <Select label="Biases" value={fields.attention_bias ?? 'none'} options={BIASES} onChange={(value) => onChange({ ...fields, attention_bias: BIASES.find((one) => one.value === value)?.value })} testId="model-form-bias" />
      <span className="model-form-switch">
        <Switch label="Norms of queries and keys" checked={fields.qk_norm ?? false} onChange={(qk_norm) => onChange({ ...fields, qk_norm })} testId="model-form-qk-norm" />
        Norms of queries and keys
      </span>
      <span className="model-form-switch">
        <Switch label="Head shares the embeddings" checked={fields.tie_word_embeddings ?? false} onChange={(tied) => onChange({ ...fields, tie_word_embeddings: tied })} testId="model-form-tied" />
        Head shares the embeddings
      </span>
    </fieldset>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly placeholder: string;
  readonly onChange: (text: string) => void;
  readonly wide?: boolean;
}

function TextField({ label, name, value, problem, placeholder, onChange, wide = false }: TextFieldProps) {
  const id = useId();
  // What is still empty is not yet wrong.
  const shown = value === '' ? undefined : problem;
  return (
    <label className={wide ? 'form-field form-field-wide' : 'form-field'}>
      <span>{label}</span>
      <input
        type="text"
        inputMode={wide ? 'text' : 'numeric'}
        autoComplete="off"
        spellCheck={false}
        className={shown === undefined ? 'form-input' : 'form-input form-input-invalid'}
        aria-invalid={shown !== undefined}
        aria-describedby={shown === undefined ? undefined : id}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        data-testid={`model-form-${name}`}
      />
      {shown !== undefined && (
        <span id={id} role="alert" className="form-problem">
          {shown}
        </span>
      )}
    </label>
  );
}

/** In the middle of a sentence; abbreviations stay as they are. */
function lowered(label: string): string {
  return /^[A-Z]{2}/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1);
}

/** Nothing where the field is empty; what is no number is refused by the form's own rules. */
function countOf(text: string): number | undefined {
  const digits = text.replaceAll(/[\s,_']/g, '');
  return digits === '' ? undefined : Number(digits);
}
