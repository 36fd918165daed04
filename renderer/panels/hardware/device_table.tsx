/** Every device with what costs are computed from: dense peaks, memory, bandwidth, link, and where the figures are from. */
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { ErrorPayload } from '../../../engine/protocol/errors.ts';
import type { Device, Format } from '../../../engine/protocol/hardware.ts';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import { removeHardware } from '../../state/hardware_actions.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { FORMAT_NAMES } from '../../state/recipe_choices.ts';
import { recipeOf } from '../../state/recipe_ids.ts';
import { Badge } from '../../widgets/badge.tsx';
import { IconButton } from '../../widgets/button.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { deviceGroup, shortDeviceName } from '../model/deployment_text.ts';
import { HardwareProblem } from './hardware_problem.tsx';
import '../../widgets/data_table.css';

/** FP16 peaks are those of BF16 on every device known here; tooltips give what has no column. */
const COLUMNS: readonly Format[] = ['fp32', 'bf16', 'fp8', 'int8', 'fp4'];

export function DeviceTable({ chosen, onEdit }: { readonly chosen: string | undefined; readonly onEdit: (device: Device) => void }) {
  const [problem, setProblem] = useState<ErrorPayload>();
  const { devices, replaced, calibrations } = useStore(hardwareStore);
  const used = useStore(engineStore, (state) => {
    const library = openLibrary(state);
    return library === undefined ? undefined : recipeOf(library.view)?.device;
  });
  const groups = [...new Set(devices.map(deviceGroup))].sort((a, b) => Number(b === 'Added here') - Number(a === 'Added here'));
  return (
    <>
      <HardwareProblem error={problem} />
      <div className="table-scroll hardware-table">
        <table className="data-table" data-testid="device-table">
          <thead>
            <tr>
              <th scope="col">Device</th>
              {COLUMNS.map((format) => (
                <th key={format} scope="col" className="is-number">
                  {FORMAT_NAMES[format]}
                  <small> {format === 'int8' ? 'TOP/s' : 'TFLOP/s'}</small>
                </th>
              ))}
              <th scope="col" className="is-number">
                Memory<small> GB</small>
              </th>
              <th scope="col" className="is-number">
                Bandwidth<small> GB/s</small>
              </th>
              <th scope="col">
                Link<small> GB/s each way</small>
              </th>
              <th scope="col">Kernels</th>
              <th scope="col">Source</th>
              <th scope="col" className="hardware-actions">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          {groups.map((group) => (
            <tbody key={group}>
              <tr className="hardware-group">
                <th colSpan={COLUMNS.length + 7} scope="colgroup">
                  {group}
                </th>
              </tr>
              {devices
                .filter((device) => deviceGroup(device) === group)
                .map((device) => (
                  <DeviceRow
                    key={device.id}
                    device={device}
                    chosen={device.id === chosen}
                    used={device.id === used}
                    replaces={replaced.includes(device.id)}
                    calibrated={calibrations.filter((calibration) => calibration.device === device.id).length}
                    onEdit={() => onEdit(device)}
                    onRemoved={setProblem}
                  />
                ))}
            </tbody>
          ))}
        </table>
      </div>
    </>
  );
}

interface DeviceRowProps {
  readonly device: Device;
  readonly chosen: boolean;
  readonly used: boolean;
  readonly replaces: boolean;
  readonly calibrated: number;
  readonly onEdit: () => void;
  /** Told why it could not be removed. */
  readonly onRemoved: (problem: ErrorPayload | undefined) => void;
}

function DeviceRow({ device, chosen, used, replaces, calibrated, onEdit, onRemoved }: DeviceRowProps) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'center' });
  }, [chosen]);
  const { id, name, peak_tflops: peaks, memory_bytes: memory, memory_gb_s: bandwidth, link, source, notes, year, tdp_w: tdp, origin } = device;
  const own = origin === 'user';
  const about = [id, year === undefined ? undefined : String(year), tdp === undefined ? undefined : `${tdp} W`, notes].filter((part) => part !== undefined).join('\n');
  return (
    <tr ref={row} className={chosen ? 'is-active' : undefined} data-testid={`device-${id}`} data-origin={origin}>
      <th scope="row">
        <Tooltip text={about}>
          <span>{own ? name : shortDeviceName(device)}</span>
        </Tooltip>{' '}
        {own && <Badge text={replaces ? 'replaces built-in' : 'added'} tone="accent" />}
      </th>
      {COLUMNS.map((format) => (
        <td key={format} className="is-number">
          {peaks[format] === undefined ? <span className="muted">–</span> : formatValue(peaks[format], '')}
        </td>
      ))}
      <td className="is-number">{formatValue(memory / 1e9, 'GB')}</td>
      <td className="is-number">{formatValue(bandwidth, 'GB/s')}</td>
      <td className="hardware-link" title={link.name}>
        {formatValue(link.gb_s_per_direction, 'GB/s')} <small>{link.name}</small>
      </td>
      <td>{calibrated > 0 ? <Badge text="measured" tone="ok" /> : <span className="muted">{device.kind === 'tpu' ? 'as specified' : 'carried over'}</span>}</td>
      <td className="hardware-source" title={source}>
        {source}
      </td>
      <td className="hardware-actions">
        <IconButton icon={own ? 'edit' : 'copy'} label={own ? `Change ${name}` : `Duplicate and edit ${name}`} onClick={onEdit} data-testid={`device-${id}-edit`} />
        {own && (
          <IconButton
            icon="trash"
            label={used && !replaces ? `${name} is what the open library is computed for` : `Remove ${name}`}
            disabled={used && !replaces}
            onClick={() => void removeHardware('device', id).then(onRemoved)}
            data-testid={`device-${id}-remove`}
          />
        )}
      </td>
    </tr>
  );
}
