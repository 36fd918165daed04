/** One limit: switch, slider over the reachable range, number field, what the child makes of it, and what it costs. */
import type { LimitSetting } from '../../../engine/protocol/workspace.ts';
import { enableLimit, removeLimit, setLimit } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatValue, formatWithUnit } from '../../state/format.ts';
import { numberText } from '../../state/number_text.ts';
import type { SolveState } from '../../state/solve_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button, IconButton } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';
import { RangeSlider } from '../../widgets/range_slider.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { decidingText, reachText, zonesOf } from './feasible_range.ts';
import { LimitLine } from './limit_line.tsx';
import { isBinding, limitRow, limitScale, type LimitRow } from './limits_model.ts';
import { useLimitPiece } from './use_limit_piece.ts';

interface LimitRowProps {
  readonly setting: LimitSetting;
  readonly library: OpenLibrary;
  readonly solve: SolveState;
}

export function LimitRowView({ setting, library, solve }: LimitRowProps) {
  const known = useLimitPiece(library.view.id, setting);
  const row = limitRow(setting, library, solve, known);
  const { quantity, range, message } = row;
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
            <Tooltip text={rangeText(row, range)}>
              <span className={row.feasible?.stale === true ? 'limit-stale' : undefined} data-testid={`${testId}-reach`}>
                {row.feasible === undefined
                  ? `${formatValue(range.smallest, quantity.unit)} – ${formatValue(range.largest, quantity.unit)}`
                  : reachText(row.feasible, quantity.unit)}
              </span>
            </Tooltip>
            {row.used !== undefined && (
              <Tooltip text={`The child on screen has ${formatWithUnit(row.used, quantity.unit)}.`}>
                <span data-testid={`${testId}-used`} data-binding={isBinding(row)}>
                  used {formatValue(row.used, quantity.unit)}
                </span>
              </Tooltip>
            )}
          </div>
          <LimitLine row={row} library={library} solve={solve} known={known} testId={`${testId}-price`} />
        </>
      )}
      {message?.text !== undefined && (
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
  const { setting, quantity, used, feasible } = row;
  const scale = limitScale(range, setting.side);
  const marks = `Grey tick: the parent, ${formatWithUnit(range.parent, quantity.unit)}.${used === undefined ? '' : ` Coloured: the child, ${formatWithUnit(used, quantity.unit)}.`}`;
  return (
    <RangeSlider
      label={name}
      valueText={`${numberText(setting.value, quantity.unit)} ${quantity.unit}`}
      position={scale.positionOf(setting.value)}
      reference={scale.positionOf(range.parent)}
      used={setting.enabled && used !== undefined ? scale.positionOf(used) : undefined}
      zones={feasible === undefined ? undefined : zonesOf(feasible, quantity.unit, scale.positionOf)}
      zonesStale={feasible?.stale}
      hint={feasible === undefined ? marks : `${decidingText(feasible, quantity.unit)}\n${marks}`}
      tone={!setting.enabled ? 'off' : row.message?.tone === 'problem' ? 'problem' : 'normal'}
      onChange={(position, gesture) => setLimit(setting.column, setting.side, scale.valueAt(position), gesture)}
      onStep={(by, gesture) => setLimit(setting.column, setting.side, scale.step(setting.value, by), gesture)}
      testId={testId}
    />
  );
}

function rangeText({ quantity, feasible }: LimitRow, range: NonNullable<LimitRow['range']>): string {
  const all = `Any child: ${formatWithUnit(range.smallest, quantity.unit)} to ${formatWithUnit(range.largest, quantity.unit)}, other limits left aside.`;
  const parent = `Parent: ${formatWithUnit(range.parent, quantity.unit)}.`;
  if (feasible === undefined) return `${all}\n${parent}`;
  const stale = feasible.stale ? '\nFound before the last change.' : '';
  return `${decidingText(feasible, quantity.unit)}\n${all}\n${parent}${stale}`;
}

/** Parameter counts carry their magnitude themselves. */
function isCount(unit: string): boolean {
  return unit === 'params' || unit === 'parameters';
}
