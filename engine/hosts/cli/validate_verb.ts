/** `validate`: published figures beside ours. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { readPublishedFile } from '../../cost/published_file.ts';
import { validate, type ErrorGroup, type Validation } from '../../cost/published_rows.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { needed, noPositionals, parse, wholeNumber } from './arguments.ts';
import { readHardware } from './hardware_option.ts';
import { rough, table } from './table.ts';

const CLI = 'npm run --silent cli --';
const WORST = 10;

export const VALIDATE_HELP = `Usage: ${CLI} validate --published FILE.csv [options]

Predicts every row of a table of published throughputs and latencies and compares.

  --published FILE       CSV with the columns source, model, hardware, dtype, tp, isl, osl, batch, metric, value, unit;
                         batch N is a batch that begins and ends together, conc=N requests kept under way, and none as many
                         as fit
  --hardware FILE        further devices and calibrations: a project's hardware.json, or what calibrate wrote
  --worst N              how many of the worst rows to list (default ${WORST})
  --json                 {rows:[{the row's own columns, predicted?, reason?}], groups:[{source, model, hardware, tp, n,
                         geomean, median_ape, mean_ape}], overall:{n, skipped, geomean, median_ape, mean_ape}}; predicted is
                         in the row's unit, reason says why there is none. geomean is of predicted over published, errors
                         are shares of the published value.

Example:
  ${CLI} validate --published published.csv --json
`;

export async function runValidate(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { published: { type: 'string' }, hardware: { type: 'string' }, worst: { type: 'string' }, json: { type: 'boolean' } },
  });
  noPositionals(positionals);
  const file = needed('--published FILE.csv', values.published);
  const worst = wholeNumber('--worst', values.worst, WORST, 0);
  const [rows, hardware] = await Promise.all([readRows(file), readHardware(values.hardware)]);
  const validation = validate(rows, hardware);
  process.stdout.write(values.json === true ? `${JSON.stringify(validation)}\n` : render(validation, worst));
  return 0;
}

async function readRows(file: string): Promise<ReturnType<typeof readPublishedFile>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new WorkbenchError(missing ? 'not_found' : 'io', missing ? `There is no file ${file}.` : `${file}: ${error instanceof Error ? error.message : String(error)}`, { details: { file } });
  }
  return readPublishedFile({ path: file, bytes });
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function render({ rows, groups, overall }: Validation, worst: number): string {
  const errors = ({ geomean, median_ape: median, mean_ape: mean }: Pick<ErrorGroup, 'geomean' | 'median_ape' | 'mean_ape'>): string[] => [geomean.toFixed(3), percent(median), percent(mean)];
  const ranked = rows
    .flatMap((row) => (row['predicted'] === undefined ? [] : [{ row, ratio: Number(row['predicted']) / Number(row['value']) }]))
    .sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))
    .slice(0, worst);
  const reasons = new Map<string, number>();
  for (const { reason } of rows) if (reason !== undefined) reasons.set(String(reason), (reasons.get(String(reason)) ?? 0) + 1);
  const lines = [
    ...table(
      ['source', 'model', 'hardware', 'tp', 'rows', 'ours/published', 'median error', 'mean error'],
      [
        ...groups.map((group) => [shortened(group.source), group.model, group.hardware, group.tp, String(group.n), ...errors(group)]),
        ['all', '', '', '', String(overall.n), ...errors(overall)],
      ],
    ),
    ...(ranked.length === 0
      ? []
      : [
          '',
          'Furthest off:',
          ...table(
            ['model', 'hardware', 'dtype', 'tp', 'isl', 'osl', 'batch', 'metric', 'published', 'ours', 'ratio'],
            ranked.map(({ row, ratio }) => [
              ...['model', 'hardware', 'dtype', 'tp', 'isl', 'osl', 'batch', 'metric'].map((column) => String(row[column] ?? '')),
              rough(Number(row['value'])),
              rough(Number(row['predicted'])),
              ratio.toFixed(2),
            ]),
          ),
        ]),
    ...(overall.skipped === 0 ? [] : ['', `${overall.skipped} rows are not predicted:`, ...[...reasons].map(([reason, count]) => `  ${count} x ${reason}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
