/**
 * How often each variant is chosen along the frontier: a row per variant, a column per layer, darker where more of the
 * frontier has it there. The child on screen is outlined, so that one sees what is settled and what the limit decides.
 */
import { memo, useMemo } from 'react';
import type { LibraryView } from '../../../engine/protocol/library.ts';
import type { Block } from '../../../engine/protocol/variant.ts';
import { stretchOf, type Frequency } from '../../state/derived_frequency.ts';
import { choiceByLayer } from '../../state/derived_marks.ts';
import { formatPercent, formatValue, formatWithUnit } from '../../state/format.ts';
import { LayerStrip, type StripFrame } from './layer_strip.tsx';

interface FrequencyStripProps {
  readonly view: LibraryView;
  readonly choices: readonly number[];
  readonly frequency: Frequency;
  /** The swept quantity, and how much of it the child on screen has. */
  readonly over: { readonly label: string; readonly unit: string };
  readonly at: number | undefined;
  readonly stale: boolean;
}

const ROW = 13;
/** Rarer ones are only counted in words. */
const MOST_ROWS = 24;
/** Upper ends of the shades: shares along a whole frontier are mostly small. */
const SHADES = [0.05, 0.15, 0.35, 0.7, 1] as const;

export const FrequencyStrip = memo(function FrequencyStrip({ view, choices, frequency, over, at, stale }: FrequencyStripProps) {
  const rows = useMemo(() => frequentVariants(frequency).slice(0, MOST_ROWS).sort((a, b) => bySize(view.variants[a], view.variants[b])), [view, frequency]);
  const shades = useMemo(() => rows.map((variant) => shadesOf(frequency.share[variant])), [rows, frequency]);
  const byLayer = useMemo(() => choiceByLayer(view, choices), [view, choices]);
  const textOf = (layer: number): string => {
    const variant = view.variant[byLayer[layer]];
    if (variant === undefined) return '';
    const others = frequentVariants(frequency)
      .filter((other) => other !== variant && frequency.share[other][layer] > 0)
      .sort((a, b) => frequency.share[b][layer] - frequency.share[a][layer])
      .slice(0, 3)
      .map((other) => `${view.variants[other].id} ${formatPercent(frequency.share[other][layer], 0)}`);
    const stretch = at === undefined ? undefined : stretchOf(frequency, layer, variant, at);
    const kept = stretch === undefined ? '' : stretch[0] === stretch[1] ? ', here alone' : `, here from ${formatValue(stretch[0], over.unit)} to ${formatWithUnit(stretch[1], over.unit)}`;
    return `Layer ${layer}: ${view.variants[variant].id} in ${formatPercent(frequency.share[variant][layer], 0)} of the frontier${kept}${others.length === 0 ? '' : `; else ${others.join(', ')}`}`;
  };
  return (
    <LayerStrip
      name="Variants along the frontier, by layer"
      layers={byLayer.length}
      height={rows.length * ROW + 2}
      textOf={textOf}
      hint="Darker: chosen at more points of the frontier. Outlined: the child on screen."
      stale={stale}
      testId="frequency-strip"
    >
      {(frame) => (
        <>
          {rows.map((variant, row) => (
            <g key={variant}>
              <rect className="strip-row" x={frame.left} y={row * ROW + 1} width={frame.right - frame.left} height={ROW - 2} />
              <text className="strip-name" x={frame.left - 6} y={row * ROW + 10}>
                {view.variants[variant].id}
              </text>
              {shades[row].map((layers, shade) => (
                <path key={shade} className={`strip-shade strip-shade-${shade + 1}`} d={cells(layers, row, frame)} />
              ))}
            </g>
          ))}
          <path className="strip-chosen" d={outline(rows, byLayer.map((choice) => view.variant[choice]), frame)} />
        </>
      )}
    </LayerStrip>
  );
});

/** Variants that occur, most frequent first. */
export function frequentVariants({ overall }: Frequency): readonly number[] {
  return overall.flatMap((share, variant) => (share > 0 ? [variant] : [])).sort((a, b) => overall[b] - overall[a]);
}

/** The parent's own first, down to nothing at all. */
function bySize(a: Block, b: Block): number {
  const size = ({ attention, ffn }: Block): readonly [number, number] => [
    attention.kind === 'gqa' ? attention.kv_heads : attention.kind === 'linear' ? 0 : -1,
    ffn.kind === 'swiglu' ? ffn.intermediate_size : ffn.kind === 'linear' ? 0 : -1,
  ];
  const [[attentionA, ffnA], [attentionB, ffnB]] = [size(a), size(b)];
  return attentionB - attentionA || ffnB - ffnA;
}

/** Layers by shade, lightest first: one path each keeps the drawing small. */
function shadesOf(share: readonly number[]): readonly (readonly number[])[] {
  const shades: number[][] = SHADES.map(() => []);
  share.forEach((part, layer) => {
    if (part > 0) shades[SHADES.findIndex((end) => part <= end + 1e-9)].push(layer);
  });
  return shades;
}

function cells(layers: readonly number[], row: number, frame: StripFrame): string {
  return layers.map((layer) => cell(layer, row, frame, 0)).join('');
}

function outline(rows: readonly number[], variants: readonly number[], frame: StripFrame): string {
  return variants
    .flatMap((variant, layer) => {
      const row = rows.indexOf(variant);
      return row < 0 ? [] : [cell(layer, row, frame, 0.5)];
    })
    .join('');
}

function cell(layer: number, row: number, frame: StripFrame, inset: number): string {
  const x = frame.x(layer);
  const next = frame.x(layer + 1);
  const width = Math.max(1, next - x - (next - x >= 5 ? 1 : 0));
  return `M${x + inset} ${row * ROW + 1 + inset}h${width - 2 * inset}v${ROW - 2 - 2 * inset}h${2 * inset - width}z`;
}
