/** Pope et al.'s tables (arXiv 2211.05102) in the shape of the others: one table per printed one, a section per quantity. */
import type { PublishedRow, PublishedSection, PublishedTable } from '../../protocol/published_tables.ts';
import type { PopeRow } from '../../protocol/plan.ts';
import { popeComparison } from '../pope/published.ts';

const PAPER = 'Pope et al., Efficiently Scaling Transformer Inference (arXiv 2211.05102)';

const NAMES: Readonly<Record<string, { readonly menu: string; readonly title: string }>> = {
  'Table 1': { menu: 'Table 1, context', title: 'Table 1: longest context of PaLM 540B on 64 TPU v4' },
  'Table 2': { menu: 'Table 2, PaLM 540B', title: 'Table 2: PaLM 540B on 64 TPU v4' },
  'Table 3': { menu: 'Table 3, PaLM 62B', title: 'Table 3: PaLM 62B on TPU v4' },
  text: { menu: 'Figures in the text', title: 'Figures in the text of the paper' },
  'comparison with FasterTransformer': { menu: 'FasterTransformer', title: 'Comparison with FasterTransformer' },
};

/** Quantities that follow from shapes or from the published latency itself, without a model of the hardware. */
const COUNTED = /^(maximum context|MFU|KV cache)/;

export function popeTables(): PublishedTable[] {
  const tables = new Map<string, PopeRow[]>();
  for (const row of popeComparison()) tables.set(row.table, [...(tables.get(row.table) ?? []), row]);
  return [...tables].map(([name, rows]) => ({
    id: `pope-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    group: 'Pope et al.',
    menu: NAMES[name]?.menu ?? name,
    title: NAMES[name]?.title ?? name,
    summary: 'TPU v4 with the layouts of the paper: weights and attention split as it names them.',
    source: PAPER,
    facts: [],
    releases: [],
    plotted: false,
    notes: rows.some(({ quantity }) => quantity.includes('bare arithmetic'))
      ? ['Bare arithmetic adds up compute, memory and network at full speed: a lower bound, and shown as such. The other latencies assume shares of peak and a time per layer that can be set in the planner.']
      : [],
    sections: sectionsOf(rows),
  }));
}

function sectionsOf(rows: readonly PopeRow[]): PublishedSection[] {
  const sections = new Map<string, PopeRow[]>();
  for (const row of rows) {
    const key = `${row.quantity}|${row.unit}`;
    sections.set(key, [...(sections.get(key) ?? []), row]);
  }
  return [...sections].map(([key, those]) => {
    const [quantity = '', unit = ''] = key.split('|');
    return { id: key, label: `${quantity.charAt(0).toUpperCase()}${quantity.slice(1)}`, unit, rows: those.map((row) => rowOf(key, row)) };
  });
}

function rowOf(key: string, { row, quantity, published, ours, error, note, source }: PopeRow): PublishedRow {
  return {
    id: `${key} ${row}`,
    label: row,
    facts: [],
    published,
    ours,
    error,
    source,
    provenance: COUNTED.test(quantity)
      ? { kind: 'exact', source: `closed forms of ${PAPER}` }
      : { kind: 'estimated', source: `closed forms of ${PAPER}, with assumed shares of peak` },
    ...(note !== '' && { note }),
  };
}
