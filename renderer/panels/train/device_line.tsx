/** What trainings would be computed with here, and why with nothing better. */
import { useStore } from 'zustand';
import { trainStore } from '../../state/train_store.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import type { TensorDevice } from '../../../engine/protocol/train.ts';

export function DeviceLine() {
  const devices = useStore(trainStore, (state) => state.devices);
  switch (devices.kind) {
    case 'unasked':
    case 'asking':
      return <span className="muted">Looking at what this computer can compute with…</span>;
    case 'failed':
      return <span className="train-problem">{devices.error.message}</span>;
    case 'known': {
      const { device, error, processes } = devices.value;
      if (device === undefined) return <span className="train-problem">{[error?.message, error?.hint].filter((part) => part !== undefined).join(' ') || 'Nothing here can compute trainings.'}</span>;
      return (
        <span className="muted" data-testid="train-device">
          Computes with <DeviceName device={device} />, {processes} {processes === 1 ? 'process' : 'processes'}
        </span>
      );
    }
    default:
      return devices satisfies never;
  }
}

export const BACKEND_NAMES: Readonly<Record<TensorDevice['backend'], string>> = {
  tensorflow: 'TensorFlow (GPU)',
  webgpu: 'WebGPU',
  wasm_native: 'wasm + native matmul',
  wasm: 'wasm',
  cpu: 'plain JavaScript',
};

/** With what was passed over, and why, for whoever asks. */
export function DeviceName({ device }: { readonly device: TensorDevice }) {
  const skipped = device.skipped.map(({ backend, reason }) => `${BACKEND_NAMES[backend]}: ${reason}`);
  if (skipped.length === 0) return <span className="device-name">{device.line}</span>;
  return (
    <Tooltip text={`Not used:\n${skipped.join('\n')}`}>
      <button type="button" className="device-name device-more">
        {device.line}
      </button>
    </Tooltip>
  );
}
