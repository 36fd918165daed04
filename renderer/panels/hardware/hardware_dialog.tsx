/** Devices and calibrations that costs are computed from: the product's tables, and what the project adds to them. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Device } from '../../../engine/protocol/hardware.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { dismissFit, fitStore } from '../../state/hardware_fit.ts';
import { copyOf, formOf, type DeviceForm } from '../../state/hardware_form.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { CalibrationTable } from './calibration_table.tsx';
import { DeviceEditor } from './device_editor.tsx';
import { DeviceTable } from './device_table.tsx';
import { FitView } from './fit_view.tsx';
import './hardware.css';

type Page =
  | { readonly kind: 'devices' }
  | { readonly kind: 'calibrations' }
  | { readonly kind: 'edit'; readonly form: DeviceForm; readonly editing: string | undefined }
  | { readonly kind: 'fit'; readonly device: string | undefined };

export function HardwareDialog({ initialDevice }: { readonly initialDevice: string | undefined }) {
  const [page, setPage] = useState<Page>(() => (fitStore.getState().fit.kind === 'idle' ? { kind: 'devices' } : { kind: 'fit', device: initialDevice }));
  const loaded = useStore(hardwareStore, (state) => state.loaded);
  const devices = useStore(hardwareStore, (state) => state.devices);
  // A fit goes on behind a closed dialog; an outcome that was seen is gone with it.
  useEffect(() => () => void (fitStore.getState().fit.kind !== 'running' && dismissFit()), []);
  const edit = (device: Device | undefined): void =>
    setPage(
      device === undefined
        ? { kind: 'edit', form: formOf(undefined), editing: undefined }
        : device.origin === 'user'
          ? { kind: 'edit', form: formOf(device), editing: device.id }
          : { kind: 'edit', form: copyOf(device, devices), editing: undefined },
    );
  return (
    <Dialog title={titleOf(page)} onClose={closeDialog} width={1120} testId="hardware-dialog">
      {!loaded ? (
        <EmptyState busy title="Asking for the hardware tables…" />
      ) : page.kind === 'edit' ? (
        <DeviceEditor key={page.editing ?? page.form.id} initial={page.form} editing={page.editing} onDone={() => setPage({ kind: 'devices' })} />
      ) : page.kind === 'fit' ? (
        <FitView device={page.device} onDone={() => setPage({ kind: 'calibrations' })} />
      ) : (
        <>
          <div className="hardware-head">
            <Segmented
              label="Tables"
              value={page.kind}
              options={[
                { value: 'devices', label: 'Devices' },
                { value: 'calibrations', label: 'Calibrations' },
              ]}
              onChange={(kind) => setPage({ kind })}
              testId="hardware-page"
            />
            <span className="top-space" />
            {page.kind === 'devices' ? (
              <Button icon="add" onClick={() => edit(undefined)} data-testid="hardware-add-device">
                Add a device
              </Button>
            ) : (
              <Button icon="upload" onClick={() => setPage({ kind: 'fit', device: undefined })} data-testid="hardware-import">
                Import measurements…
              </Button>
            )}
          </div>
          {page.kind === 'devices' ? <DeviceTable chosen={initialDevice} onEdit={edit} /> : <CalibrationTable />}
        </>
      )}
    </Dialog>
  );
}

function titleOf(page: Page): string {
  switch (page.kind) {
    case 'devices':
    case 'calibrations':
      return 'Hardware';
    case 'edit':
      return page.editing === undefined ? 'Add a device' : 'Change a device';
    case 'fit':
      return 'Import measurements';
    default:
      return page satisfies never;
  }
}
