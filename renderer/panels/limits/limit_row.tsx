/** One limit: switch, slider over the reachable range, number field, and what the child makes of it. */
import { enableLimit, removeLimit, setLimit } from '../../state/document_store.ts';
import { formatValue, formatWithUnit } from '../../state/format.ts';
import { numberText } from '../../state/number_text.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button, IconButton } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';
import { RangeSlider } from '../../widgets/range_slider.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { isBinding, limitScale, type LimitRow } from './limits_model.ts';

export function LimitRowView({ row }: { readonly row: LimitRow }) {
  const { setting, quantity, range, message } = row;
  const { column, side, value, enabled } = setting;
  const testId = `limit-${column}-${side}`;
  const sign = side === 'max' ? '≤' : '≥';
  const name = `${quantity.label} ${side === 'max' ? 'at most' : 'at least'}`;
  const problem = message?.tone === 'problem';
  return (
    <li className={enabled ? 'limit' : 'limit limit-off'} data-testid={testId} data-enabled={enabled}>
      <div className="limit-head">
        <Switch label={`${name}: apply`} checked={enabled} onChange={(on) => enableLimit(column, side, on)} testId={`${testId}-toggle`} />
        <Tooltip text={`${quantity.label}\n${quantity.provenance}`}>
          <span className={quantity.estimated ? 'limit-name estimated' : 'limit-name'}>{quantity.label}</span>
        </Tooltip>
        {quantity.estimated && <Badge text="est." tone="warning" />}
        <IconButton icon="close" label={`Remove limit ${quantity.label}`} className="limit-remove" onClick={() => removeLimit(column, side)} data-testid={`${testId}-remove`} />
      </div>
      {range !== undefined && (
        <>
          <div className="limit-control">
            <Slider row={row} range={range} name={name} testId={`${testId}-slider`} />
            <span className="limit-sign" aria-hidden="true">
              {sign}
            </span>
            <NumberField
              label={name}
              value={value}
              unit={quantity.unit}
              hideUnit={isCount(quantity.unit)}
              onCommit={(next) => setLimit(column, side, next)}
              check={(next) => (next < 0 && range.smallest >= 0 ? 'This cannot be negative.' : undefined)}
              testId={`${testId}-number`}
            />
          </div>
          <div className="limit-scale">
            <Tooltip text={`Reachable: ${formatWithUnit(range.smallest, quantity.unit)} to ${formatWithUnit(range.largest, quantity.unit)}, other limits left aside.\nParent (tick): ${formatWithUnit(range.parent, quantity.unit)}`}>
              <span>
                {formatValue(range.smallest, quantity.unit)} – {formatValue(range.largest, quantity.unit)}
              </span>
            </Tooltip>
            {row.used !== undefined && (
              <Tooltip text={usedText(row, row.used)}>
                <span data-testid={`${testId}-used`} data-binding={isBinding(row)}>
                  {isBinding(row) && <Badge text="binding" tone="accent" />} used {formatValue(row.used, quantity.unit)}
                </span>
              </Tooltip>
            )}
          </div>
        </>
      )}
      {message !== undefined && (
        <div className={problem ? 'limit-message limit-problem' : 'limit-message'} role={problem ? 'alert' : undefined} data-testid={`${testId}-message`}>
          <span>{message.text}</span>
          {message.setTo !== undefined && (
            <Button onClick={() => message.setTo !== undefined && setLimit(column, side, message.setTo)} data-testid={`${testId}-set-reachable`}>
              Set to that
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

function Slider({ row, range, name, testId }: { readonly row: LimitRow; readonly range: NonNullable<LimitRow['range']>; readonly name: string; readonly testId: string }) {
  const { setting, quantity, used } = row;
  const scale = limitScale(range, setting.side);
  return (
    <RangeSlider
      label={name}
      valueText={`${numberText(setting.value, quantity.unit)} ${quantity.unit}`}
      position={scale.positionOf(setting.value)}
      reference={scale.positionOf(range.parent)}
      used={setting.enabled && used !== undefined ? scale.positionOf(used) : undefined}
      tone={!setting.enabled ? 'off' : row.message?.tone === 'problem' ? 'problem' : 'normal'}
      onChange={(position, gesture) => setLimit(setting.column, setting.side, scale.valueAt(position), gesture)}
      onStep={(by, gesture) => setLimit(setting.column, setting.side, scale.step(setting.value, by), gesture)}
      testId={testId}
    />
  );
}

function usedText(row: LimitRow, used: number): string {
  const { unit } = row.quantity;
  const lines = [`The child on screen has ${formatWithUnit(used, unit)}.`];
  if (row.slack !== undefined) lines.push(`Slack: ${formatWithUnit(row.slack, unit)}.`);
  if (isBinding(row)) lines.push('It uses this limit up: relaxing it is what would help.');
  return lines.join('\n');
}

/** Parameter counts carry their magnitude themselves. */
function isCount(unit: string): boolean {
  return unit === 'params' || unit === 'parameters';
}
