/** The constants that times are computed with, by device: what they were fitted to, how well, and where they are from. */
import { useState } from 'react';
import { useStore } from 'zustand';
import type { ErrorPayload } from '../../../engine/protocol/errors.ts';
import type { Calibration } from '../../../engine/protocol/hardware.ts';
import { removeHardware } from '../../state/hardware_actions.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { IconButton } from '../../widgets/button.tsx';
import { ErrorTable } from './error_table.tsx';
import { formatsOf } from './calibration_text.ts';
import { HardwareProblem } from './hardware_problem.tsx';

export function CalibrationTable() {
  const [problem, setProblem] = useState<ErrorPayload>();
  const calibrations = useStore(hardwareStore, (state) => state.calibrations);
  const devices = useStore(hardwareStore, (state) => state.devices);
  const of = [...new Set(calibrations.map(({ device }) => device))];
  return (
    <div className="calibrations" data-testid="calibrations">
      <HardwareProblem error={problem} />
      {of.map((device) => (
        <section key={device} aria-label={device}>
          <h3>{devices.find(({ id }) => id === device)?.name ?? device}</h3>
          {calibrations
            .filter((calibration) => calibration.device === device)
            .map((calibration, index, all) => (
              <CalibrationRow key={calibration.id} calibration={calibration} inUse={index === all.length - 1} onRemoved={setProblem} />
            ))}
        </section>
      ))}
      <p className="muted hardware-text">
        Other GPUs are computed with the constants of the device most like them, as shares of their own peaks, and with a wider band. For TPUs nothing is carried over: peaks as specified.
      </p>
    </div>
  );
}

interface CalibrationRowProps {
  readonly calibration: Calibration;
  readonly inUse: boolean;
  /** Told why it could not be removed. */
  readonly onRemoved: (problem: ErrorPayload | undefined) => void;
}

function CalibrationRow({ calibration, inUse, onRemoved }: CalibrationRowProps) {
  const { id, name, backend, version, origin, provenance, errors, group_path: path } = calibration;
  return (
    <article className="calibration" data-testid={`calibration-${id}`}>
      <header className="calibration-head">
        <strong>{name}</strong>
        {origin === 'user' && <Badge text="added" tone="accent" />}
        {inUse && <Badge text="used unless another is chosen" tone="ok" />}
        <span className="top-space" />
        {origin === 'user' && <IconButton icon="trash" label={`Remove ${name}`} onClick={() => void removeHardware('calibration', id).then(onRemoved)} data-testid={`calibration-${id}-remove`} />}
      </header>
      <dl className="calibration-facts">
        <Fact name="Program" text={`${backend} ${version ?? ''}`.trim()} />
        <Fact name="Products" text={formatsOf(calibration.gemm)} />
        <Fact name="Attention" text={formatsOf(calibration.decode_attention)} />
        <Fact name="All-reduce" text={`${Object.keys(calibration.all_reduce).join(', ') || 'none'} devices`} />
        <Fact name="KV-head cliff" text={path === undefined ? 'not known' : `from 32 query heads per KV head, ${path.from_32_multiplier.toFixed(2)} times as long`} />
      </dl>
      {errors.length > 0 && <ErrorTable errors={errors} />}
      <p className="muted hardware-text selectable">{provenance}</p>
    </article>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}
