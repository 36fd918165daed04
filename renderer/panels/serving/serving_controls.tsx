/** On what and for whom the architectures are served; every change is a step of undo, and keys held down make one. */
import { useRef } from 'react';
import { formatSchema } from '../../../engine/protocol/hardware.ts';
import { changeDeployment, changeTraffic, usesOwnCalibration, setServing, withDevice, type Serving } from '../../state/serving_settings.ts';
import { Button } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { wholeFrom, WorkloadField } from '../workloads/workload_field.tsx';
import { AUTO, calibrationGroups, deviceGroups, formatGroups, tensorGroups } from './choices.ts';
import { Control, GroupedSelect } from './control.tsx';
import { CLIFF_HELP } from './help.ts';
import { LayerFormatsControl } from './layer_formats_control.tsx';
import { SpeculationControl } from './speculation_control.tsx';
import type { HardwareTables } from './use_tables.ts';

interface ControlsProps {
  readonly serving: Serving;
  /** The document has settings of its own, beside what the library says. */
  readonly own: boolean;
  readonly tables: HardwareTables;
}

const GB = 1e9;
const FORMAT_USES = [
  { use: 'weights', label: 'Weights' },
  { use: 'activations', label: 'Activations' },
  { use: 'kv', label: 'KV cache' },
] as const;

export function ServingControls({ serving, own, tables }: ControlsProps) {
  const { deployment, traffic } = serving;
  const { devices, calibrations } = tables;
  const device = devices.find(({ id }) => id === deployment.device);
  const unit = device?.kind === 'tpu' ? 'chip' : 'GPU';
  const cliffKnown = usesOwnCalibration(deployment, calibrations);
  const gestureOf = useGestures();
  const whole = (least: number, most = Infinity) => (value: number): string | undefined =>
    wholeFrom(least)(value) === undefined && value <= most ? undefined : `Type a whole number from ${least}${most === Infinity ? '' : ` to ${most}`}.`;
  return (
    <div className="serving-controls" role="group" aria-label="Hardware and traffic" data-testid="serving-controls">
      <GroupedSelect
        label="Device"
        className="control-wide"
        value={deployment.device}
        groups={deviceGroups(devices, deployment.device)}
        onChange={(id) => setServing(`Serve on ${id}`, withDevice(serving, id))}
        testId="serving-device"
      />
      <GroupedSelect
        label="Calibration"
        help="Constants fitted to measured kernels. Auto takes the device's own; a device without one gets those of the device most like it, with a wider band."
        className="control-wide"
        value={deployment.calibration ?? AUTO}
        groups={calibrationGroups(calibrations, deployment)}
        onChange={(id) => changeDeployment('Choose calibration', serving, { calibration: id === AUTO ? undefined : id })}
        testId="serving-calibration"
      />
      <div className="control-group">
        {FORMAT_USES.map(({ use, label }) => (
          <GroupedSelect
            key={use}
            label={label}
            className="control-format"
            value={deployment[use]}
            groups={formatGroups(use)}
            onChange={(value) => changeDeployment(`${label} in ${value}`, serving, { [use]: formatSchema.parse(value) })}
            testId={`serving-${use}`}
          />
        ))}
      </div>
      <div className="control-group">
        <GroupedSelect
          label="TP"
          help={`Tensor parallelism: ${unit}s that share every layer.`}
          className="control-small"
          value={String(deployment.tp)}
          groups={tensorGroups(deployment.tp)}
          onChange={(value) => changeDeployment(`Serve with TP ${value}`, serving, { tp: Number(value) })}
          testId="serving-tp"
        />
        <Control label="PP" help="Pipeline parallelism: stages of consecutive layers, one after the other." className="control-small">
          <NumberField label="Pipeline stages" value={deployment.pp} unit="" step={1} check={whole(1, 1024)} onCommit={(pp) => changeDeployment(`Serve with PP ${pp}`, serving, { pp }, gestureOf('pp'))} testId="serving-pp" />
        </Control>
        <Control label="DP" help="Data parallelism: whole copies of the model side by side." className="control-small">
          <NumberField label="Copies" value={deployment.dp} unit="" step={1} check={whole(1, 65_536)} onCommit={(dp) => changeDeployment(`Serve with DP ${dp}`, serving, { dp }, gestureOf('dp'))} testId="serving-dp" />
        </Control>
      </div>
      <div className="control-group">
        <Control label="Prompt" help="Input sequence length (ISL): prompt tokens of a request." className="control-number">
          <NumberField label="Prompt tokens" value={traffic.isl} unit="" step={64} check={whole(0, 10_000_000)} onCommit={(isl) => changeTraffic('Prompt length', serving, { isl }, gestureOf('isl'))} testId="serving-isl" />
        </Control>
        <Control label="Generated" help="Output sequence length (OSL): generated tokens of a request." className="control-number">
          <NumberField label="Generated tokens" value={traffic.osl} unit="" step={64} check={whole(1, 10_000_000)} onCommit={(osl) => changeTraffic('Generated length', serving, { osl }, gestureOf('osl'))} testId="serving-osl" />
        </Control>
        <Control label="Batch" help="Sequences at once in each copy; empty: as many as fit." className="control-number">
          <WorkloadField
            label="Batch"
            value={traffic.batch}
            unit=""
            placeholder="auto"
            check={wholeFrom(1)}
            onCommit={(batch) => changeTraffic('Batch', serving, { batch })}
            testId="serving-batch"
          />
        </Control>
      </div>
      <div className="control-group">
        <Control label="Reserve" help={`Memory kept free on each ${unit} for what the model does not count; empty: the calibration's.`} className="control-unit">
          <WorkloadField
            label="Reserve"
            value={deployment.reserve_bytes === undefined ? undefined : deployment.reserve_bytes / GB}
            unit="GB"
            placeholder="auto"
            check={(value) => (value >= 0 ? undefined : 'type 0 or more.')}
            onCommit={(value) => changeDeployment('Reserve', serving, { reserve_bytes: value === undefined ? undefined : value * GB })}
            testId="serving-reserve"
          />
        </Control>
        <Control label={`Per ${unit} hour`} help={`What one ${unit} costs per hour, in dollars; empty: no price is worked out.`} className="control-unit">
          <WorkloadField
            label={`Price per ${unit} hour`}
            value={deployment.price_per_device_hour}
            unit="$"
            placeholder="–"
            check={(value) => (value >= 0 ? undefined : 'type 0 or more.')}
            onCommit={(value) => changeDeployment('Price', serving, { price_per_device_hour: value })}
            testId="serving-price"
          />
        </Control>
      </div>
      <Control label="KV-head cliff" className="control-switch">
        <span className="control-line">
          <Tooltip text={cliffKnown ? CLIFF_HELP : `No effect here: it is known for devices with a calibration of their own only.\n\n${CLIFF_HELP}`}>
            <span className={cliffKnown ? 'control-line' : 'control-line is-off'}>
              <Switch
                label="KV-head cliff"
                checked={deployment.kv_head_cliff}
                onChange={(kv_head_cliff) => changeDeployment(`KV-head cliff ${kv_head_cliff ? 'on' : 'off'}`, serving, { kv_head_cliff })}
                testId="serving-cliff"
              />
              <span className="control-state">{cliffKnown ? (deployment.kv_head_cliff ? 'as the program has it' : 'left aside') : 'not known here'}</span>
            </span>
          </Tooltip>
        </span>
      </Control>
      <LayerFormatsControl serving={serving} />
      <SpeculationControl serving={serving} gestureOf={gestureOf} />
      {own && (
        <span className="control-reset">
          <Tooltip text="Back to what the library was measured with.">
            <Button variant="ghost" icon="undo" onClick={() => setServing('Serve as the library', undefined)} data-testid="serving-reset">
              As the library
            </Button>
          </Tooltip>
        </span>
      )}
    </div>
  );
}

/** Steps of one field are one gesture until another field, or a pause, ends it. */
function useGestures(): (field: string) => string {
  const last = useRef({ field: '', at: 0, count: 0 });
  return (field) => {
    const now = performance.now();
    const { current } = last;
    const count = current.field === field && now - current.at < PAUSE_MS ? current.count : current.count + 1;
    last.current = { field, at: now, count };
    return `serving-${field}-${count}`;
  };
}

const PAUSE_MS = 1_000;
