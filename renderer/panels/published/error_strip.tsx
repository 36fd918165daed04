/**
 * Errors on a common scale: a mark at the error, a bar as wide as our band (the published figure lies inside our band
 * where the bar crosses the zero line), and ±10 % shaded.
 */
import type { PublishedRow } from '../../../engine/protocol/published_tables.ts';
import { errorTone } from '../../state/published_comparison.ts';

const CLOSE = 0.1;
const SMALLEST_SPAN = 0.2;
/** Errors beyond this are drawn at the edge, as arrows. */
const LARGEST_SPAN = 0.6;

/** What the scale reaches to both sides: the largest error, within limits, in steps of 10 %. */
export function errorSpan(errors: readonly number[]): number {
  const largest = errors.reduce((size, error) => Math.max(size, Math.abs(error)), 0);
  return Math.min(LARGEST_SPAN, Math.max(SMALLEST_SPAN, Math.ceil(largest * 10 - 1e-9) / 10));
}

/** Place on the scale in percent of its width; room is kept at the edges for marks. */
function placeOf(error: number, span: number): number {
  return 50 + 46 * Math.max(-1, Math.min(1, error / span));
}

const percent = (place: number): string => `${place.toFixed(2)}%`;

export function ErrorScale({ span }: { readonly span: number }) {
  const end = `${Math.round(100 * span)} %`;
  return (
    <span className="error-scale" aria-label="Error, as a mark">
      <small>−{end}</small>
      <small>0</small>
      <small>+{end}</small>
    </span>
  );
}

/** One error, and the ends of our band as errors against the published figure. */
export interface Marked {
  readonly error: number;
  readonly band?: readonly [number, number] | undefined;
}

interface ErrorStripProps {
  readonly marks: readonly Marked[];
  readonly span: number;
  /** What it says in words. */
  readonly label: string;
}

export function ErrorStrip({ marks, span, label }: ErrorStripProps) {
  return (
    <svg className="error-strip" width="100%" height="18" role="img" aria-label={label}>
      <rect className="error-close" x={percent(placeOf(-CLOSE, span))} width={percent(placeOf(CLOSE, span) - placeOf(-CLOSE, span))} y="0" height="18" />
      <line className="error-zero" x1="50%" x2="50%" y1="0" y2="18" />
      {marks.map(({ error, band }, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- marks have no names
        <g key={index}>
          {band !== undefined && <line className="error-band" x1={percent(placeOf(band[0], span))} x2={percent(placeOf(band[1], span))} y1="9" y2="9" />}
          <Mark error={error} span={span} />
        </g>
      ))}
    </svg>
  );
}

/** Of one row; without marks where it has no error. */
export function marksOf({ published, low, high, error }: PublishedRow): readonly Marked[] {
  if (error === undefined || published === undefined) return [];
  return [{ error, band: low !== undefined && high !== undefined && low < high ? [low / published - 1, high / published - 1] : undefined }];
}

function Mark({ error, span }: { readonly error: number; readonly span: number }) {
  const x = percent(placeOf(error, span));
  const className = `error-mark error-${errorTone(error)}`;
  if (Math.abs(error) <= span) return <circle className={className} cx={x} cy="9" r="3.5" />;
  return (
    <svg x={x} y="9" overflow="visible">
      <path className={className} d={error > 0 ? 'M-4 -4.5 4 0-4 4.5z' : 'M4 -4.5-4 0 4 4.5z'} />
    </svg>
  );
}
