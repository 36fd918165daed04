/** Whether drafts are checked in every step, how many, and how often they are right. */
import { changeDeployment, type Serving } from '../../state/serving_settings.ts';
import { NumberField } from '../../widgets/number_field.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Control } from './control.tsx';
import { SPECULATION_HELP } from './help.ts';

interface SpeculationProps {
  readonly serving: Serving;
  readonly gestureOf: (field: string) => string;
}

/** To begin with; how often drafts are right depends on the text. */
const FIRST = { draft_tokens: 4, acceptance: 0.7, draft_cost: 0.05 };

export function SpeculationControl({ serving, gestureOf }: SpeculationProps) {
  const { speculation } = serving.deployment;
  const change = (next: Partial<typeof FIRST>, field: string): void => {
    if (speculation !== undefined) changeDeployment('Speculative decoding', serving, { speculation: { ...speculation, ...next } }, gestureOf(field));
  };
  return (
    <div className="control-group">
      <Control label="Speculation" help={SPECULATION_HELP} className="control-switch">
        <span className="control-line">
          <Switch
            label="Speculative decoding"
            checked={speculation !== undefined}
            onChange={(on) => changeDeployment(`Speculative decoding ${on ? 'on' : 'off'}`, serving, { speculation: on ? FIRST : undefined })}
            testId="serving-speculation"
          />
          <span className="control-state">{speculation === undefined ? 'off' : 'on'}</span>
        </span>
      </Control>
      {speculation !== undefined && (
        <>
          <Control label="Drafts" help="Draft tokens checked in every step." className="control-small">
            <NumberField
              label="Draft tokens"
              value={speculation.draft_tokens}
              unit=""
              step={1}
              check={(value) => (Number.isInteger(value) && value >= 1 && value <= 64 ? undefined : 'Type a whole number from 1 to 64.')}
              onCommit={(draft_tokens) => change({ draft_tokens }, 'drafts')}
              testId="serving-drafts"
            />
          </Control>
          <Control label="Accepted" help="Chance that a draft token is accepted, from 0 to 1." className="control-small">
            <NumberField
              label="Chance of acceptance"
              value={speculation.acceptance}
              unit=""
              step={0.05}
              check={(value) => (value >= 0 && value <= 1 ? undefined : 'Type a chance from 0 to 1.')}
              onCommit={(acceptance) => change({ acceptance: Number(acceptance.toFixed(6)) }, 'acceptance')}
              testId="serving-acceptance"
            />
          </Control>
        </>
      )}
    </div>
  );
}
