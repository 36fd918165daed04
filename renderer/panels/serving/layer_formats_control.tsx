/** Layers whose number formats differ, as a line of text; checked when it is left. */
import { useId, useState, type KeyboardEvent } from 'react';
import { layerFormatsText, parseLayerFormats } from '../../../engine/protocol/layer_formats.ts';
import { changeDeployment, type Serving } from '../../state/serving_settings.ts';
import { Control } from './control.tsx';
import '../../widgets/number_field.css';

const HELP =
  'Layers in other formats than the rest, such as\n0-3,79: weights=bf16 kv=bf16; 40: kv=fp8\nLayers count from 0; what has formats are weights, activations and kv.';

export function LayerFormatsControl({ serving }: { readonly serving: Serving }) {
  const id = useId();
  const shown = layerFormatsText(serving.deployment.layer_formats);
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const revert = (): void => {
    setDraft(undefined);
    setProblem(undefined);
  };
  const commit = (): void => {
    if (draft === undefined) return;
    const parsed = parseLayerFormats(draft);
    if (parsed.kind === 'wrong') return setProblem(parsed.problem);
    revert();
    if (layerFormatsText(parsed.formats) !== shown) changeDeployment('Formats by layer', serving, { layer_formats: parsed.formats });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') commit();
    if (event.key !== 'Escape' || draft === undefined) return;
    event.stopPropagation();
    revert();
  };
  return (
    <Control label="Formats by layer" help={HELP} className="control-layers">
      <span className={`number-field-box${problem === undefined ? '' : ' number-field-invalid'}`}>
        <input
          type="text"
          aria-label="Formats by layer"
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          data-testid="serving-layer-formats"
          placeholder="none"
          spellCheck={false}
          value={draft ?? shown}
          onChange={(event) => {
            setDraft(event.target.value);
            setProblem(undefined);
          }}
          onBlur={commit}
          onKeyDown={onKeyDown}
        />
      </span>
      {problem !== undefined && (
        <span id={id} role="alert" className="control-problem">
          {problem}
        </span>
      )}
    </Control>
  );
}
