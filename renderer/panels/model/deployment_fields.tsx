/** What a computed library's blocks are served with: device, number formats, tensor parallelism, traffic and batch. */
import { useStore } from 'zustand';
import type { Device, Format } from '../../../engine/protocol/hardware.ts';
import type { Recipe } from '../../../engine/protocol/recipe.ts';
import { showDialog } from '../../state/dialog_store.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import {
  BATCH_CHOICES,
  batchesFrom,
  FORMAT_NAMES,
  FORMAT_PRESETS,
  FORMATS_FOR,
  presetOfFormats,
  presetOfTraffic,
  TP_CHOICES,
  TRAFFIC_PRESETS,
} from '../../state/recipe_choices.ts';
import { IconButton } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';
import { Select, type SelectOption } from '../../widgets/select.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { CLIFF_TEXT, computedWith, deviceGroup, GROUP_SLOWED, shortDeviceName } from './deployment_text.ts';
import './model.css';

export type Served = Omit<Recipe, 'parent' | 'quality'>;

interface DeploymentFieldsProps {
  readonly served: Served;
  /** Batch that is taken where none is asked for, once known. */
  readonly automaticBatch: number | undefined;
  /** `label` says what changed, as in the undo list. */
  readonly onChange: (label: string, change: Partial<Served>) => void;
  /** The hardware table takes the place of the dialog that the fields are in, if any. */
  readonly withHardwareButton: boolean;
  /** With room for a sentence on what would else stand in a tooltip only. */
  readonly explained?: boolean;
  readonly testId: string;
}

const CUSTOM = 'custom';

export function DeploymentFields({ served, automaticBatch, onChange, withHardwareButton, explained = false, testId }: DeploymentFieldsProps) {
  const devices = useStore(hardwareStore, (state) => state.devices);
  const calibrations = useStore(hardwareStore, (state) => state.calibrations);
  const { device, calibration, weights, activations, kv, tp, isl, osl, batches, kv_head_cliff: cliff } = served;
  const ofDevice = calibrations.filter((one) => one.device === device);
  const chosen = calibration === undefined ? ofDevice.at(-1) : ofDevice.find(({ id }) => id === calibration);
  const known = devices.find(({ id }) => id === device);
  const name = known === undefined ? device : shortDeviceName(known);
  return (
    <div className="deployment-fields">
      <div className="deployment-row">
        <Select
          label="Device"
          value={device}
          options={deviceOptions(devices, device)}
          onChange={(id) => onChange(`Device ${shortDeviceName(devices.find((one) => one.id === id) ?? { name: id })}`, { device: id })}
          testId={`${testId}-device`}
        />
        {withHardwareButton && <IconButton icon="chip" label="Devices and calibrations" onClick={() => showDialog({ kind: 'hardware', device })} data-testid={`${testId}-hardware`} />}
      </div>
      <div className="deployment-row">
        <Select
          label="Formats"
          value={presetOfFormats(served)?.id ?? CUSTOM}
          options={[...FORMAT_PRESETS.map(({ id, label }) => ({ value: id, label })), ...(presetOfFormats(served) === undefined ? [{ value: CUSTOM, label: 'Own combination' }] : [])]}
          onChange={(id) => {
            const preset = FORMAT_PRESETS.find((one) => one.id === id);
            if (preset !== undefined) onChange(`Formats ${preset.label}`, preset.formats);
          }}
          testId={`${testId}-formats`}
        />
      </div>
      <div className="deployment-formats" role="group" aria-label="Number formats of each part">
        <FormatSelect part="weights" short="Weights" value={weights} onChange={onChange} testId={testId} />
        <FormatSelect part="activations" short="Activations" value={activations} onChange={onChange} testId={testId} />
        <FormatSelect part="kv" short="KV cache" value={kv} onChange={onChange} testId={testId} />
      </div>
      {computedWith(known, weights, activations) !== undefined && <p className="deployment-note">{computedWith(known, weights, activations)}</p>}
      <div className="deployment-row deployment-pair">
        <Tooltip text="Tensor parallelism: devices that share every layer. Memory and throughput are per device of the group, and for the group.">
          <span>
            <Select
              label="TP"
              value={String(tp)}
              options={numbers(TP_CHOICES, tp)}
              onChange={(value) => onChange(`Tensor parallelism ${value}`, { tp: Number(value) })}
              testId={`${testId}-tp`}
            />
          </span>
        </Tooltip>
        <Tooltip text={`Sequences together, which memory and runtime are stated for. Automatic: the power of two nearest to five times what the parent holds on ${name}, from 16 to 1,024, since smaller children hold more; and three smaller ones for workloads.`}>
          <span>
            <Select
              label="Batch"
              value={batches === undefined ? '' : String(batches[0])}
              options={[{ value: '', label: automaticBatch === undefined ? 'Auto' : `Auto: ${automaticBatch}` }, ...numbers(BATCH_CHOICES, batches?.[0])]}
              onChange={(value) => onChange(value === '' ? 'Automatic batch' : `Batch ${value}`, { batches: value === '' ? undefined : [...batchesFrom(Number(value))] })}
              testId={`${testId}-batch`}
            />
          </span>
        </Tooltip>
      </div>
      <div className="deployment-row">
        <Select
          label="Traffic"
          value={presetOfTraffic(isl, osl)?.id ?? CUSTOM}
          options={[
            ...TRAFFIC_PRESETS.map((preset) => ({ value: preset.id, label: `${preset.label} ${preset.isl}/${preset.osl}` })),
            ...(presetOfTraffic(isl, osl) === undefined ? [{ value: CUSTOM, label: 'Own lengths' }] : []),
          ]}
          onChange={(id) => {
            const preset = TRAFFIC_PRESETS.find((one) => one.id === id);
            if (preset !== undefined) onChange(`Traffic ${preset.label.toLowerCase()}`, { isl: preset.isl, osl: preset.osl });
          }}
          testId={`${testId}-traffic`}
        />
      </div>
      <div className="deployment-lengths">
        <NumberField label="Prompt tokens" value={isl} unit="" check={wholeFrom(0)} onCommit={(value) => onChange(`${value} prompt tokens`, { isl: value })} testId={`${testId}-isl`} />
        <span>in</span>
        <NumberField label="Generated tokens" value={osl} unit="" check={wholeFrom(1)} onCommit={(value) => onChange(`${value} generated tokens`, { osl: value })} testId={`${testId}-osl`} />
        <span>out</span>
      </div>
      {ofDevice.length > 1 && (
        <div className="deployment-row">
          <Select
            label="Kernels"
            value={calibration ?? ''}
            options={[{ value: '', label: `Newest: ${ofDevice.at(-1)?.name ?? ''}` }, ...ofDevice.map((one) => ({ value: one.id, label: one.name }))]}
            onChange={(id) => onChange('Kernel times', { calibration: id === '' ? undefined : id })}
            testId={`${testId}-calibration`}
          />
        </div>
      )}
      {chosen?.group_path !== undefined && (
        <div className="deployment-switch">
          <Switch label="KV-head cliff" checked={cliff} onChange={(on) => onChange(`KV-head cliff ${on ? 'on' : 'off'}`, { kv_head_cliff: on })} testId={`${testId}-cliff`} />
          <Tooltip text={CLIFF_TEXT}>
            <span className="deployment-help">KV-head cliff</span>
          </Tooltip>
        </div>
      )}
      {chosen?.group_path !== undefined && explained && (
        <p className="deployment-explained">
          With {GROUP_SLOWED} or more query heads per KV head, the measured attention kernel slows down. Off for a program whose kernel reuses what it read.
        </p>
      )}
    </div>
  );
}

interface FormatSelectProps {
  readonly part: 'weights' | 'activations' | 'kv';
  readonly short: string;
  readonly value: Format;
  readonly onChange: DeploymentFieldsProps['onChange'];
  readonly testId: string;
}

function FormatSelect({ part, short, value, onChange, testId }: FormatSelectProps) {
  return (
    <Select
      label={short}
      value={value}
      options={FORMATS_FOR[part].map((format) => ({ value: format, label: FORMAT_NAMES[format] }))}
      onChange={(chosen) => {
        const format = FORMATS_FOR[part].find((one) => one === chosen);
        if (format !== undefined) onChange(`${short} in ${FORMAT_NAMES[format]}`, { [part]: format });
      }}
      testId={`${testId}-${part}`}
    />
  );
}

/** One the table no longer has stays in the list, so that the recipe can be seen as it is. */
function deviceOptions(devices: readonly Device[], chosen: string): readonly SelectOption[] {
  const groups = [...new Set(devices.map(deviceGroup))];
  const known = groups.flatMap((group) =>
    devices
      .filter((device) => deviceGroup(device) === group)
      .map((device) => ({ value: device.id, label: `${shortDeviceName(device)}, ${Math.round(device.memory_bytes / 1e9)} GB`, group })),
  );
  return known.some(({ value }) => value === chosen) ? known : [{ value: chosen, label: chosen }, ...known];
}

function numbers(choices: readonly number[], chosen: number | undefined): readonly SelectOption[] {
  const all = chosen === undefined || choices.includes(chosen) ? choices : [...choices, chosen].sort((a, b) => a - b);
  return all.map((value) => ({ value: String(value), label: value.toLocaleString('en-US') }));
}

/** Beyond this a digit too many was typed. */
const LONGEST = 10_000_000;

function wholeFrom(least: number): (value: number) => string | undefined {
  return (value) => (Number.isInteger(value) && value >= least && value <= LONGEST ? undefined : `Type a whole number from ${least}.`);
}
