/** Published figures beside ours: a user looks a claim up, reads it against a newer release, and takes the table along. */
import { expect, SAMPLE_ID, test } from './fixtures.ts';
import { PublishedPage } from './pages/published.ts';

const document = { library_id: SAMPLE_ID };

test('the speed-up of the 51B shrinks beside a newer parent, and ours stays beside it', async ({ launch }) => {
  const published = new PublishedPage(await launch({ document }));
  await published.open();
  await published.choose('article-3');
  await expect(published.table).toContainText('Table 3: throughput in six scenarios');
  await expect(published.row('child-generation')).toContainText('6,472');
  await expect(published.row('ratio-chatbot')).toContainText('2.07');
  const before = await published.summary.innerText();

  await published.release('trtllm-0.17');
  await expect(published.row('ratio-chatbot@trtllm-0.17')).toContainText('2.07 → 1.62');
  await expect(published.row('ratio-chatbot')).toHaveCount(0);
  await expect(published.row('parent-rag@trtllm-0.17')).toContainText('386.3');
  await expect(published.app.page.getByTestId('published-release-note')).toContainText('unfair');
  await expect(published.summary).not.toHaveText(before);
  // Nobody measured 128/1024 for that release, and no figure is made up.
  await expect(published.row('ratio-generation@trtllm-0.17')).toContainText('not measured');

  await published.release('trtllm-0.14');
  await expect(published.row('ratio-chatbot@trtllm-0.14')).toContainText('2.11');
  await published.release('2024');
  await expect(published.row('ratio-chatbot')).toContainText('2.07');
  // The child's own rows never change.
  expect(Math.abs(await published.error('child-chatbot'))).toBeLessThan(0.2);
});

test('accuracy is not predicted, and rows without a figure of ours say why', async ({ launch }) => {
  const published = new PublishedPage(await launch({ document }));
  await published.open();
  await published.choose('article-2');
  await expect(published.row('mmlu')).toContainText('98.21');
  await expect(published.row('mmlu')).toContainText('Not predicted: needs training');
  await published.choose('article-4');
  await expect(published.row('small-generation')).toContainText('9,568');
  await expect(published.row('small-generation')).toContainText('never published');
});

test('all rows of a release are plotted and summed up, and lead to their table', async ({ launch }) => {
  const published = new PublishedPage(await launch({ document }));
  const { app } = published;
  await published.open();
  await published.choose('errors');
  await expect(published.scatter).toHaveAttribute('data-state', 'drawn');
  const measured = app.page.getByTestId('published-sum-measured');
  await expect(measured).toContainText('79');
  const mean = Number(await measured.getAttribute('data-mean'));
  expect(mean).toBeLessThan(0.07);
  await app.page.getByTestId('published-plotted-trtllm-0.14').click();
  await expect.poll(async () => Number(await measured.getAttribute('data-mean'))).toBeGreaterThan(mean);
  await app.page.getByTestId('published-all-rows').click();
  await expect(published.table).toHaveAttribute('data-table', 'trtllm-0.14');
  const rows = published.table.locator('[data-testid^="published-row-"]');
  await expect(rows).toHaveCount(223);
  await app.page.getByTestId('published-tag').selectOption({ index: 1 });
  await expect.poll(() => rows.count()).toBeLessThan(100);
});

test('a table is saved as CSV with its sources', async ({ launch }) => {
  const published = new PublishedPage(await launch({ document }));
  const { app } = published;
  await published.open();
  await published.choose('puzzle-memory');
  const file = await app.host.save(() => app.page.getByTestId('published-csv').click());
  expect(file.name).toBe('puzzle-memory.csv');
  const text = file.bytes.toString('utf8');
  expect(text.split('\r\n')[0]).toContain('published,ours,low,high,error');
  expect(text).toMatch(/Nemotron-51B.*,51501015040,94976,tokens,300000,300065\./);
  expect(text).toContain('arXiv 2505.00949');
});

test('in a narrow window the tables are chosen from one list, and nothing runs out sideways', async ({ launch }) => {
  const published = new PublishedPage(await launch({ document, viewport: { width: 1024, height: 700 }, colorScheme: 'dark' }));
  await published.open();
  for (const id of ['article-1', 'puzzle-memory', 'minitron', 'pope-table-2']) {
    await published.chooseNarrow(id);
    await expect(published.table).toHaveAttribute('data-table', id);
    const [inner, outer] = await published.root.evaluate((root) => [root.scrollWidth, root.clientWidth]);
    expect(inner, id).toBeLessThanOrEqual(outer!);
    const content = await published.table.evaluate((table) => [table.scrollWidth, table.clientWidth]);
    expect(content[0], id).toBeLessThanOrEqual(content[1]!);
  }
});
