/** Devices of one's own and calibrations from one's own timings. */
import path from 'node:path';
import { HOW_TO_GET_SHARED_DATA, sharedData } from '../support/shared_data.ts';
import { expect, sampleAt, test } from './fixtures.ts';
import { HardwareDialog } from './pages/hardware.ts';
import { Deployment } from './pages/model.ts';

const timings = sharedData('aiconfigurator');

test('a device is added, chosen, changed and removed', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const hardware = new HardwareDialog(app);
  await hardware.open();
  await expect(hardware.device('h100-sxm')).toContainText('3,350');
  await expect(hardware.removeButton('h100-sxm')).toHaveCount(0);

  await hardware.edit('h100-sxm');
  await hardware.type('name', 'H100 with more memory');
  await hardware.type('id', 'H100 Big');
  await hardware.type('memory', 'much');
  await hardware.keep();
  await expect(hardware.editor).toBeVisible();
  expect(await hardware.problems()).toEqual([expect.stringContaining('Small letters'), expect.stringContaining('"much"')]);
  await hardware.type('id', 'h100-big');
  await hardware.type('memory', '141');
  await hardware.type('bandwidth', '4800');
  await hardware.keep();
  await expect(hardware.device('h100-big')).toHaveAttribute('data-origin', 'user');
  await hardware.close();

  const deployment = new Deployment(app);
  await deployment.choose('device', 'h100-big');
  await app.expectLibrary('H100 with more memory');
  await app.expectProven();
  await expect(deployment.basis).toContainText('carried over');
  const runtime = await app.figure('runtime_ms');

  // Changed under the open library, which is computed again at once.
  await hardware.open();
  await expect(hardware.removeButton('h100-big')).toBeDisabled();
  await hardware.edit('h100-big');
  await hardware.type('bandwidth', '9600');
  await hardware.keep();
  await expect(hardware.device('h100-big')).toContainText('9,600');
  await hardware.close();
  await expect.poll(() => app.figure('runtime_ms')).toBeLessThan(runtime);
  await app.expectProven();

  // The project keeps it.
  await app.reload();
  await app.expectLibrary('H100 with more memory');
  await deployment.choose('device', 'h100-sxm');
  await hardware.open();
  await hardware.removeButton('h100-big').click();
  await expect(hardware.device('h100-big')).toHaveCount(0);
  await hardware.close();
});

test('measured kernels become a calibration that the next library uses', async ({ launch }) => {
  test.skip(timings === undefined, HOW_TO_GET_SHARED_DATA);
  test.setTimeout(240_000);
  const app = await launch({ document: sampleAt(80_000) });
  const hardware = new HardwareDialog(app);
  await hardware.open();
  await hardware.showCalibrations();
  await expect(hardware.calibration('h200-sxm-trtllm')).toContainText('TensorRT-LLM');

  // Cancelled, nothing is left of it.
  await hardware.startImport(path.join(timings!, 'h200_sxm'), 'folder');
  await hardware.dialog.getByTestId('fit-cancel').click();
  await expect(hardware.dialog.getByTestId('fit-choose')).toBeVisible();
  await hardware.dialog.getByRole('button', { name: 'Back' }).click();

  await hardware.startImport(path.join(timings!, 'h200_sxm'), 'folder');
  await expect(hardware.finished).toBeVisible({ timeout: 180_000 });
  await expect(hardware.finished.getByTestId('fit-errors').locator('tbody tr')).not.toHaveCount(0);
  await expect(hardware.finished.getByTestId('residual-plot')).toHaveAttribute('data-state', 'drawn');
  await hardware.finished.getByTestId('fit-name').fill('Measured at home');
  await hardware.finished.getByTestId('fit-save').click();
  const kept = hardware.calibrations.locator('article', { hasText: 'Measured at home' });
  await expect(kept).toContainText('added');
  await expect(kept).toContainText('used unless another is chosen');
  await hardware.close();

  const deployment = new Deployment(app);
  await deployment.choose('device', 'h200-sxm');
  await app.expectProven();
  await expect(deployment.basis).toContainText('Measured at home');
});

test('files that are no timings are refused with the reason', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const hardware = new HardwareDialog(app);
  await hardware.open();
  await hardware.showCalibrations();
  await hardware.startImport(path.join(import.meta.dirname, '..', '..', 'package.json'), 'files');
  await expect(hardware.dialog.getByTestId('fit-problem')).toContainText('package.json');
});
