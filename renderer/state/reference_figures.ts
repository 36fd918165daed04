/**
 * The figures of the reference comparison as a table: a row per quantity, a cell per model. Published throughputs stand
 * below what we predict, with the difference; for our children they are those of the model that the problem imitates.
 */
import type { ReferenceComparison, ReferenceProblemId } from '../../engine/protocol/reference.ts';
import { formatCount, formatPercent, formatValue } from './format.ts';
import { referenceSides, type ReferenceSide } from './reference_sides.ts';

export interface FigureCell {
  readonly value: number;
  readonly text: string;
  /** Second line, such as a band or what the figure is of. */
  readonly note?: string;
  /** A published figure that our band does not cover. */
  readonly beyond?: boolean;
}

export interface FigureRow {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  /** Where the figures come from; they look different where they are estimated. */
  readonly kind: 'exact' | 'estimated' | 'predicted' | 'published' | 'count';
  /** What it means, for those who ask. */
  readonly meaning: string;
  /** In the order of the sides; undefined where there is none. */
  readonly cells: readonly (FigureCell | undefined)[];
}

export interface FigureGroup {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly FigureRow[];
}

/** Whose published throughput stands beside a child. */
const IMITATED: Readonly<Record<ReferenceProblemId, string>> = { '51b': 'Nemotron-51B', '40b': 'NVIDIA’s 40B' };

export function figureGroups(comparison: ReferenceComparison): readonly FigureGroup[] {
  const sides = referenceSides(comparison);
  const row = (id: string, label: string, unit: string, kind: FigureRow['kind'], meaning: string, cell: (side: ReferenceSide) => FigureCell | undefined): FigureRow => ({
    id,
    label,
    unit,
    kind,
    meaning,
    cells: sides.map(cell),
  });
  const plain = (value: number, unit = ''): FigureCell => ({ value, text: formatValue(value, unit) });
  const parent = comparison.parent;
  const parentPublished = publishedOf(parent.published, 'output_tok_s')?.published;
  return [
    {
      id: 'size',
      title: 'Size and quality',
      rows: [
        row('num_params', 'Parameters', '', 'exact', 'Counted from the shapes.', ({ model }) => {
          const published = publishedOf(model.published, 'parameters')?.published;
          return { value: model.num_params, text: formatCount(model.num_params), ...(published !== undefined && { note: `published ${formatCount(published)}` }) };
        }),
        row('kv_bytes_per_token', 'KV cache per token', 'B', 'exact', 'In FP8, counted from the shapes.', ({ model }) => ({ value: model.kv_bytes_per_token, text: grouped(model.kv_bytes_per_token) })),
        row('kv_tokens', 'Cached tokens in 80 GB', '', 'exact', 'Tokens whose cache fits beside one byte per parameter in 80e9 bytes.', ({ model }) => ({
          value: model.kv_tokens,
          text: grouped(Math.floor(model.kv_tokens)),
        })),
        row('kl_div', 'KL divergence', 'nats', 'estimated', 'Quality lost against the parent: an estimate that no model was run for.', ({ model }) => plain(model.kl_div)),
      ],
    },
    {
      id: 'throughput',
      title: 'Generated tokens per second',
      rows: [
        row('output_tok_s', 'Predicted', 'tok/s', 'predicted', 'At the batch of the problem’s limits, which count one byte per parameter and keep no memory back.', (side) => ({
          value: side.model.output_tok_s,
          text: grouped(Math.round(side.model.output_tok_s)),
          note: bandText(side),
        })),
        row('published', 'Published', 'tok/s', 'published', 'By NVIDIA for its own models. Never a limit here.', ({ model, answer }) => {
          const published = publishedOf(model.published, 'output_tok_s');
          if (published === undefined) return undefined;
          return { value: published.published, text: grouped(published.published), ...(answer !== undefined && { note: `of ${IMITATED[answer.problem.id]}` }) };
        }),
        row('difference', 'Ours against it', '', 'predicted', 'Our prediction over the published figure, less one. What we ask of a child is our prediction for the released model, so that its difference carries over.', ({ model }) => {
          const published = publishedOf(model.published, 'output_tok_s');
          if (published?.ours === undefined) return undefined;
          const value = published.ours / published.published - 1;
          const { low, high } = model.report.band;
          const beyond = published.published < published.ours * low || published.published > published.ours * high;
          return { value, text: signedPercent(value), note: beyond ? 'outside the band' : 'inside the band', beyond };
        }),
        row('speedup', 'Times the parent’s', '', 'predicted', 'Each at its own batch.', ({ id, model }) => {
          if (id === 'parent') return undefined;
          const published = publishedOf(model.published, 'output_tok_s')?.published;
          const note = published === undefined || parentPublished === undefined ? undefined : `published ${(published / parentPublished).toFixed(2)} ×`;
          const value = model.output_tok_s / parent.output_tok_s;
          return { value, text: `${value.toFixed(2)} ×`, ...(note !== undefined && { note }) };
        }),
      ],
    },
    {
      id: 'serving',
      title: 'As one H100 would serve it',
      rows: [
        row('batch', 'Sequences in the problem', '', 'count', 'The batch at which the problem’s limits hold.', ({ batch, model }) => ({
          value: batch,
          text: grouped(batch),
          ...(batch > model.report.max_batch && { note: 'more than fit, see below' }),
        })),
        row('max_batch', 'Most that fit the device', '', 'predicted', 'With embeddings in 16 bit, activations and the memory that the serving program keeps back.', ({ model }) => ({
          value: model.report.max_batch,
          text: grouped(model.report.max_batch),
          note: `${grouped(Math.round(model.report.output_tok_s))} tok/s`,
        })),
        row('ttft_ms', 'TTFT there', 'ms', 'predicted', 'Time to the first token, in the steady state of in-flight batching.', ({ model }) => plain(model.report.ttft_ms)),
        row('itl_ms', 'ITL there', 'ms', 'predicted', 'Time between tokens of one sequence.', ({ model }) => plain(model.report.itl_ms)),
      ],
    },
    {
      id: 'agreement',
      title: `Layers as in ${comparison.released.name}`,
      rows: (
        [
          ['same_variant', 'Same block', 'Attention and FFN are both the same.'],
          ['same_attention', 'Same attention', 'The same number of KV heads, linear in both, or none in both.'],
          ['same_ffn', 'Same FFN', 'The same width, linear in both, or none in both.'],
          ['same_attention_kept', 'Attention kept alike', 'Both keep an attention with a cache there, or neither does.'],
        ] as const
      ).map(([id, label, meaning]) =>
        row(id, label, '', 'count', meaning, ({ answer }) => (answer?.agreement === undefined ? undefined : { value: answer.agreement[id], text: `${answer.agreement[id]} of ${answer.agreement.layers}` })),
      ),
    },
  ];
}

/** `4,940–5,800, batch 244`. */
function bandText({ model, batch }: ReferenceSide): string {
  const { low, high } = model.report.band;
  const round = (value: number): string => grouped(Number(value.toPrecision(3)));
  return `${round(model.output_tok_s * low)}–${round(model.output_tok_s * high)}, batch ${grouped(batch)}`;
}

function publishedOf<T extends { readonly quantity: string }>(published: readonly T[], quantity: string): T | undefined {
  return published.find((entry) => entry.quantity === quantity);
}

export function signedPercent(fraction: number): string {
  return `${fraction < 0 ? '−' : '+'}${formatPercent(Math.abs(fraction))}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
