/** Files that leave the product say what is on screen, and where it came from. */
import { inflateSync } from 'node:zlib';
import { expect, sampleAt, test } from './fixtures.ts';

const PNG_SIGNATURE = '89504e470d0a1a0a';

test('the CSV is the table on screen', async ({ launch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  await app.show('layers');
  await app.page.getByTestId('only-changed').check();
  await app.page.getByTestId('sort-kl_div').click();
  await app.settled();
  const rows = app.page.getByTestId('layer-table').locator('tbody tr');
  const shown = await rows.evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')));
  const header = await app.page.getByTestId('layer-table').locator('thead th').count();
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.length).toBeLessThan(80);
  const { name, bytes } = await app.export('csv');
  expect(name).toMatch(/\.csv$/);
  const lines = parseCsv(bytes.toString('utf8'));
  expect(lines[0]!.at(-1)).toBe('provenance');
  expect(lines[0]).toHaveLength(header + 1);
  const body = lines.slice(1);
  expect(body.map((row) => row[0])).toEqual(shown.map((row) => row[0]));
  expect(body.map((row) => row.slice(1, 3))).toEqual(shown.map((row) => row.slice(1, 3)));
  // The screen rounds to four digits, the file does not.
  const kl = lines[0]!.findIndex((title) => /KL|kl_div/.test(title));
  const values = body.map((row) => Number(row[kl]));
  expect(values).toEqual([...values].sort((a, b) => b - a));
  for (const [index, value] of values.entries()) expect(value).toBeCloseTo(Number(shown[index]![kl]!.replaceAll(',', '')), 3);
  expect(values.some((value) => String(value).length > 6)).toBe(true);
  expect(JSON.parse(body[0]!.at(-1)!)).toMatchObject({ product: expect.stringContaining('Puzzle Workbench'), library: expect.stringContaining('70B') });
});

test('the map leaves as PNG and SVG with its provenance inside', async ({ launch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  const svg = (await app.export('map-svg')).bytes.toString('utf8');
  expect(svg).toMatch(/^(<\?xml[^>]*>\s*)?<svg[\s>]/);
  expect(svg).toMatch(/<(metadata|desc)/);
  expect(svg).toContain('Puzzle Workbench');
  expect(svg).toContain('memory_mib');
  expect(svg).not.toContain('var(--');

  const png = (await app.export('map-png')).bytes;
  expect(png.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
  const texts = pngTexts(png);
  expect(texts).toContain('Puzzle Workbench');
  expect(texts).toContain('memory_mib');
  const width = png.readUInt32BE(16);
  expect(width).toBeGreaterThan(1000);
  expect(hasInk(png)).toBe(true);
});

test('the frontier leaves as PNG and SVG with its provenance inside', async ({ launch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  await app.idle();
  const svg = (await app.export('frontier-svg')).bytes.toString('utf8');
  expect(svg).toMatch(/<svg[\s>]/);
  expect(svg).toContain('Puzzle Workbench');
  const png = (await app.export('frontier-png')).bytes;
  expect(png.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
  expect(pngTexts(png)).toContain('Puzzle Workbench');
});

test('the solution leaves as Puzzletron JSON', async ({ launch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  const { bytes, name } = await app.export('puzzletron');
  expect(name).toMatch(/\.json$/);
  const text = bytes.toString('utf8');
  const [solution] = [JSON.parse(text)].flat() as Record<string, unknown>[];
  expect(solution!['chosen_block_configs'] ?? solution!['chosen_replacements']).toBeTruthy();
  expect(text).toContain('70000');
  expect(text).toContain('Puzzle Workbench');
});

test('what DeciLM cannot express says so, and leaves as a solution', async ({ launch }) => {
  const app = await launch();
  await app.page.getByTestId('welcome-measured').click();
  await app.expectLibrary(/measured/);
  await app.expectProven();
  await app.page.getByTestId('export').click();
  const dialog = app.page.getByTestId('export-dialog');
  // Its FFNs are narrower than 256, and its times were taken with fp32.
  await expect(dialog.getByTestId('export-obstacles')).toContainText('multiples of 256');
  await expect(dialog).toContainText('bytes per token at FP32');
  await expect(dialog.getByTestId('export-puzzletron').getByRole('radio')).toBeChecked();
  await expect(dialog.getByTestId('export-save')).toBeEnabled();
  await dialog.getByTestId('export-decilm').click();
  await expect(dialog.getByTestId('export-save')).toBeDisabled();
  await app.press('Escape');
  await expect(dialog).toBeHidden();
  const { name } = await app.export('puzzletron');
  expect(name).toMatch(/\.solutions\.json$/);
});

test('the sample leaves as a library and is read back', async ({ launch, scratch }) => {
  const app = await launch({ document: sampleAt(70_000) });
  const kl = await app.figure('kl_div');
  const { name, bytes } = await app.export('library');
  const { writeFile } = await import('node:fs/promises');
  const file = `${scratch}/${name}`;
  await writeFile(file, bytes);
  await app.drop(file);
  await expect(app.notice('success', 'Opened').or(app.notice('warning', 'Opened'))).toBeVisible();
  await app.settled();
  await app.expectProven();
  expect(await app.figure('kl_div')).toBeCloseTo(kl, 9);
});

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted) {
      if (character === '"' && text[i + 1] === '"') cell += text[++i]!;
      else if (character === '"') quoted = false;
      else cell += character;
    } else if (character === '"') quoted = true;
    else if (character === ',' || character === '\n') {
      rows.at(-1)!.push(cell);
      cell = '';
      if (character === '\n') rows.push([]);
    } else if (character !== '\r') cell += character;
  }
  return rows.filter((row) => row.length > 0);
}

/** All text chunks of a PNG, tEXt, zTXt or iTXt, as one string. */
function pngTexts(png: Buffer): string {
  return chunks(png)
    .filter(({ type }) => ['tEXt', 'iTXt', 'zTXt'].includes(type))
    .map(({ data }) => data.toString('utf8'))
    .join('\n');
}

/** Whether the picture is more than one colour. */
function hasInk(png: Buffer): boolean {
  const raw = inflateSync(Buffer.concat(chunks(png).flatMap(({ type, data }) => (type === 'IDAT' ? [data] : []))));
  return new Set(raw.subarray(0, 400_000)).size > 8;
}

function chunks(png: Buffer): { type: string; data: Buffer }[] {
  const all: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    all.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return all;
}
