/**
 * TensorRT-LLM's performance overviews, release by release: tables of their own, and newer figures of the baseline that
 * NVIDIA measured in 2024.
 */
import type { PublishedRow, PublishedTable } from '../../protocol/published_tables.ts';
import type { Format } from '../../protocol/hardware.ts';
import type { Hardware } from '../../hardware/calibrations.ts';
import { presetArchitecture } from '../../architecture/presets.ts';
import { rowOf } from './rows.ts';
import type { Predictor } from './prediction.ts';
import type { StoredRelease } from './stored.ts';

/** The parent of the 51B as the article measured it. */
const BASELINE = { model: 'llama-3.1-70b', device: 'h100-sxm', format: 'fp8' } as const;

export interface BaselineFigure {
  readonly tp: number;
  /** Generated tokens per second and GPU. */
  readonly tokS: number;
}

/** The 70B in FP8 on H100 SXM, per GPU, at the TP that is best there or on a single GPU; undefined where not measured. */
export function baselineFigure(release: StoredRelease, isl: number, osl: number, at: 'best' | 'single'): BaselineFigure | undefined {
  const index = release.lengths.findIndex(([prompt, generated]) => prompt === isl && generated === osl);
  const figures = release.groups.flatMap(({ model, device, format, tp, tok_s: values }) => {
    const value = values[index];
    const fits = model === BASELINE.model && device === BASELINE.device && format === BASELINE.format && (at === 'best' || tp === 1);
    return fits && typeof value === 'number' ? [{ tp, tokS: value / tp }] : [];
  });
  return figures.sort((a, b) => b.tokS - a.tokS)[0];
}

const NUMBERS: Readonly<Partial<Record<Format, string>>> = { fp8: 'FP8', fp16: 'FP16', bf16: 'BF16' };

/** Every figure of one release, with ours; `breathe` is awaited between groups. */
export async function releaseTable(release: StoredRelease, predictor: Predictor, hardware: Hardware, breathe: () => Promise<void>): Promise<PublishedTable> {
  const sections: { id: string; label: string; unit: string; tag: string; rows: PublishedRow[] }[] = [];
  for (const { model, device, format, tp, tuned, tok_s: values } of release.groups) {
    const deviceName = (hardware.devices.find(({ id }) => id === device)?.name ?? device).replace(/^NVIDIA /, '');
    const modelName = (presetArchitecture(model)?.name ?? model).replace(/-Instruct$/, '');
    const id = `${model} ${device} ${format}`;
    let section = sections.find((known) => known.id === id);
    if (section === undefined) {
      section = { id, label: `${modelName}, ${deviceName}, ${NUMBERS[format] ?? format}`, unit: 'tok/s', tag: deviceName, rows: [] };
      sections.push(section);
    }
    for (const [index, [isl, osl]] of release.lengths.entries()) {
      const published = values[index];
      if (typeof published !== 'number') continue;
      const figure = predictor.predict({ kind: 'throughput', model, device, format, tp, isl, osl, counted: 'output', per_gpu: false });
      const row = rowOf({ id: `${id} ${tp} ${isl}/${osl}`, label: `${isl}/${osl}`, facts: [tp], published, source: release.source }, figure);
      section.rows.push(tuned ? { ...row, basis: 'tuned' } : row);
    }
    // oxlint-disable-next-line no-await-in-loop -- one group after another is the point
    await breathe();
  }
  return {
    id: release.id,
    group: 'TensorRT-LLM',
    menu: release.label.replace('TensorRT-LLM ', 'Release '),
    title: `${release.label}: performance overview`,
    summary: 'Generated tokens per second of all GPUs together, with as many requests as are taken.',
    source: release.source,
    facts: ['TP'],
    releases: [],
    plotted: true,
    notes: release.notes,
    sections,
  };
}
