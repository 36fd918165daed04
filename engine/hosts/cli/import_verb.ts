import path from 'node:path';
import process from 'node:process';
import { exportLibrary } from '../../library/export.ts';
import { summaryOf, toView } from '../../library/view.ts';
import { writeFileAtomic } from '../../workspace/atomic_write.ts';
import { parse, readLibrary } from './arguments.ts';
import { UsageError } from './usage_error.ts';

export async function runImport(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...argv],
    allowPositionals: true,
    options: { out: { type: 'string' }, json: { type: 'boolean' } },
  });
  const [source, extra] = positionals;
  if (source === undefined || extra !== undefined) throw new UsageError('import takes one file or folder.');
  const library = await readLibrary(source);
  if (values.out !== undefined) await writeFileAtomic(path.resolve(values.out), exportLibrary(library));
  const { id: _, origin: __, ...summary } = summaryOf(toView('', library), 'project');
  const columns = library.columns.filter((column) => column.summable && column.level === 'block').map((column) => column.id);
  if (values.json) {
    const result = { ...summary, columns, notes: library.notes, licence: library.licence, out: values.out };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  }
  const lines = [
    library.name,
    `  parent    ${summary.parent}, ${summary.layers} layers, ${summary.variants} variants`,
    `  columns   ${columns.join(', ')}`,
    `  source    ${summary.provenance.kind}: ${summary.provenance.source}`,
    ...(library.licence === undefined ? [] : [`  licence   ${library.licence}`]),
    ...library.notes.map((note) => `  ${note.severity.padEnd(9)} ${note.text}`),
    ...(values.out === undefined ? [] : [`Written to ${values.out}.`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
