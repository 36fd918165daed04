/** What serving costs: the child beside the parent and a pin, on hardware and traffic that the user chooses. */
import { expect, sampleAt, test } from './fixtures.ts';
import { Serving } from './pages/serving.ts';

test('from the sample to figures that follow device and parallelism, and back', async ({ launch }) => {
  const app = await launch();
  await app.openSample();
  await app.pinReference('nemotron-51b');
  await app.dismissNotices();
  const serving = new Serving(app);
  await serving.show();
  // As the sample was made for.
  await expect(serving.device).toHaveValue('h100-sxm');
  await expect(serving.tp).toHaveValue('1');
  await expect.poll(() => serving.lines()).toHaveLength(3);
  expect((await serving.lines()).slice(0, 2)).toEqual(['Current child', 'Llama-3.1-70B-Instruct']);
  const before = await serving.rows();
  expect(before.map(({ kind }) => kind)).toEqual(['current', 'parent', 'pin']);
  // Half the parameters and a third of the cache: many more sequences fit beside the weights.
  expect(before[2]!.outputTokSPerGpu).toBeGreaterThan(2 * before[1]!.outputTokSPerGpu);
  await expect(serving.rowText('parent')).toContainText('calibrated');
  await expect(serving.rowText('parent')).toContainText(/[±−]\d+ (to \+\d+ )?%/);
  await expect(serving.notes).toContainText('KV-head cliff');

  await serving.chooseDevice('h200-sxm');
  const faster = await serving.rows();
  for (const [place, row] of faster.entries()) expect(row.outputTokSPerGpu).toBeGreaterThan(before[place]!.outputTokSPerGpu);
  await serving.chooseTp(2);
  const split = await serving.rows();
  for (const [place, row] of split.entries()) {
    expect(row.outputTokSPerGpu).not.toBe(faster[place]!.outputTokSPerGpu);
    expect(row.maxBatch).toBeGreaterThan(faster[place]!.maxBatch);
  }
  expect((await app.savedDocument()).serving?.deployment).toMatchObject({ device: 'h200-sxm', tp: 2 });

  await serving.undo();
  expect(await serving.rows()).toEqual(faster);
  await serving.undo();
  expect(await serving.rows()).toEqual(before);
  await expect(serving.device).toHaveValue('h100-sxm');
  await expect(serving.reset).toHaveCount(0);
});

test('single layers can have formats of their own, and a slip says what is wrong', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const serving = new Serving(app);
  await serving.show();
  const before = await serving.row('parent');
  await serving.setLayerFormats('0-3: kv=fp7');
  await expect(app.page.getByRole('alert').filter({ hasText: 'formats are fp32' })).toBeVisible();
  await serving.setLayerFormats('0-39: kv=bf16');
  // Twice the cache in half of the layers.
  expect((await serving.row('parent')).maxBatch).toBeLessThan(0.75 * before.maxBatch);
  expect((await app.savedDocument()).serving?.deployment.layer_formats).toEqual([{ layers: Array.from({ length: 40 }, (_, layer) => layer), kv: 'bf16' }]);
  await serving.undo();
  expect(await serving.row('parent')).toEqual(before);
});

test('the figures follow the child, and architectures come and go', async ({ launch }) => {
  const app = await launch({ document: sampleAt(80_000) });
  const serving = new Serving(app);
  await serving.show();
  const large = await serving.row('current');
  const parent = await serving.row('parent');
  await app.limit('memory_mib').set(60_000);
  await serving.current();
  expect((await serving.row('current')).outputTokSPerGpu).toBeGreaterThan(large.outputTokSPerGpu);
  expect(await serving.row('parent')).toEqual(parent);

  await serving.addModel('llama-3.1-8b');
  await expect.poll(() => serving.lines()).toHaveLength(3);
  expect((await serving.row('model')).outputTokSPerGpu).toBeGreaterThan(parent.outputTokSPerGpu);
  await serving.toggleArchitecture('Current child');
  await expect.poll(() => serving.lines()).toEqual(['Llama-3.1-70B-Instruct', 'Llama-3.1-8B-Instruct']);
  await app.press('6');
  await expect(app.page.getByTestId('tab-serving')).toHaveAttribute('aria-selected', 'true');
});

test('every section shows the same deployment, and points and layers tell their figures', async ({ launch }) => {
  const app = await launch({ document: sampleAt(72_000) });
  const serving = new Serving(app);
  await serving.show();
  await serving.plot.focus();
  await app.press('ArrowRight');
  await app.press('End');
  // Fastest for one user: alone.
  await expect(serving.card).toContainText('1 sequence');

  await serving.section('load');
  await expect(app.page.getByTestId('serving-ttft-plot')).toHaveAttribute('data-state', 'drawn');
  await expect(app.page.getByTestId('serving-itl-plot')).toHaveAttribute('data-state', 'drawn');

  await serving.section('memory');
  const [child, parent] = await serving.totals('memory', 'data-weights');
  expect(child!).toBeLessThan(parent!);
  // One byte for each parameter of the layers, two for those of embeddings and head (128,256 x 8,192 each).
  expect(parent!).toBeCloseTo(70_553_706_496 + 2 * 128_256 * 8192, -7);

  await serving.section('kernels');
  const steps = await serving.totals('step', 'data-total');
  expect(steps[1]).toBeCloseTo((await serving.row('parent')).itlMs, 6);
  await serving.kernels.focus();
  await app.press('Home');
  await expect(serving.card).toContainText('Layer 0');
  await expect(serving.card).toContainText('QKV projection');

  await serving.section('parallelism');
  const { figures, best } = await serving.pairs();
  expect(figures.size).toBe(12);
  expect(figures.get(best!)).toBe(Math.max(...figures.values()));
  expect(figures.get('tp1-pp1')).toBe((await serving.row('current')).outputTokSPerGpu);
  await serving.pair(2, 2).click();
  await serving.current();
  await expect(serving.stages.locator('li')).toHaveCount(2);
  expect((await serving.row('current')).outputTokSPerGpu).toBe(figures.get('tp2-pp2'));
});

test('what cannot be served says why, and estimates look like estimates', async ({ launch }) => {
  const app = await launch({ document: sampleAt(72_000) });
  const serving = new Serving(app);
  await serving.show();
  await serving.chooseDevice('rtx-4090');
  await expect(serving.nothingFits).toBeVisible();
  await expect(serving.rowText('parent')).toContainText('does not fit');
  await serving.section('memory');
  await expect(serving.memory).toContainText('too much');

  await serving.chooseDevice('tpu-v5p');
  await serving.chooseTp(4);
  await serving.section('throughput');
  await expect(serving.rowText('parent')).toContainText('estimated');
  await expect(serving.panel).toContainText('Per chip');
  await serving.set('price', '4.2');
  await expect(serving.rowText('parent')).toContainText('$');

  await serving.chooseDevice('h100-sxm');
  await serving.chooseTp(1);
  const with70b = await serving.row('current');
  await serving.toggle('cliff');
  await expect(serving.notes).not.toContainText('KV-head cliff');
  expect((await serving.row('current')).outputTokSPerGpu).toBeGreaterThan(with70b.outputTokSPerGpu);
  await serving.toggle('speculation');
  await expect(serving.panel).toContainText('per step');
  await serving.set('batch', '16');
  expect((await serving.row('current')).batch).toBe(16);
  await serving.reset.click();
  await serving.current();
  await expect(serving.device).toHaveValue('h100-sxm');
  await expect(serving.reset).toHaveCount(0);
});
