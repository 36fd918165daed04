/**
 * A slider that also shows where a reference and the present use lie, and which parts of its track mean something.
 * Everything is given as positions from 0 to 1, so that the caller decides on the scale. It is the browser's own range
 * input over a drawn track, so pointer, touch and assistive technology work as anywhere.
 */
import { useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from 'react';
import { Tooltip } from './tooltip.tsx';
import './range_slider.css';

/** A part of the track, from one of its ends, that is unlike the rest. */
export interface SliderZone {
  readonly from: number;
  readonly to: number;
  /** Hatched: the value cannot be there. Dimmed: there is no use in it. */
  readonly look: 'hatched' | 'dimmed';
  /** What lies there. */
  readonly hint: string;
}

interface RangeSliderProps {
  readonly label: string;
  readonly valueText: string;
  readonly position: number;
  /** Marked with a tick. */
  readonly reference: number;
  /** Filled up to here, and marked with a tick. */
  readonly used: number | undefined;
  readonly zones?: readonly SliderZone[];
  /** The zones belong to an earlier state of things. */
  readonly zonesStale?: boolean;
  /** What lies outside the zones. */
  readonly hint?: string;
  readonly tone: 'normal' | 'off' | 'problem';
  /** `gesture` is the same for all changes that belong together. */
  readonly onChange: (position: number, gesture: string) => void;
  /** A key asks for a step of about `by` of the whole length, in either direction. */
  readonly onStep: (by: number, gesture: string) => void;
  readonly testId?: string;
}

const SMALL_STEP = 1 / 200;
const LARGE_STEP = 1 / 20;
let nextGesture = 1;

/** Half the thumb, which the track is inset by. */
const INSET_PX = 7;
const NO_ZONES: readonly SliderZone[] = [];

export function RangeSlider(props: RangeSliderProps) {
  const { label, valueText, position, reference, used, zones = NO_ZONES, zonesStale = false, hint = '', tone, onChange, onStep, testId } = props;
  /** Where the pointer is, for the hint alone. */
  const [under, setUnder] = useState<number>();
  // A gesture begins with a press and is over when the next one begins: Chromium still sends a value after pointerup.
  const gesture = useRef('');
  const begin = (): void => {
    gesture.current = `slider-${nextGesture++}`;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = event.shiftKey ? LARGE_STEP : SMALL_STEP;
    const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step, PageUp: LARGE_STEP, PageDown: -LARGE_STEP }[event.key];
    const end = { Home: 0, End: 1 }[event.key];
    if (by === undefined && end === undefined) return;
    event.preventDefault();
    if (!event.repeat) begin();
    if (by !== undefined) onStep(by, gesture.current);
    else if (end !== undefined) onChange(end, gesture.current);
  };
  const low = Math.min(position, used ?? position);
  const high = Math.max(position, used ?? position);
  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    if (event.buttons !== 0) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = (event.clientX - left - INSET_PX) / Math.max(1, width - 2 * INSET_PX);
    const index = zones.findIndex((zone) => at >= zone.from && at <= zone.to);
    setUnder(index < 0 ? undefined : index);
  };
  const stale = zonesStale ? ' slider-zone-stale' : '';
  const style = { '--low': low, '--high': high, '--reference': reference, '--use': used } as CSSProperties;
  return (
    <Tooltip text={(under === undefined ? undefined : zones[under]?.hint) ?? hint} describes={false}>
      <span className={`slider slider-${tone}`} style={style} onPointerMove={onPointerMove}>
        <span className="slider-track">
          {zones.length > 0 && <span className={`slider-zone slider-shaded${stale}`} style={betweenZones(zones)} />}
          <span className="slider-used" />
          <span className="slider-slack" />
          {zones.map((zone) => (
            <span
              key={zone.look}
              className={`slider-zone slider-${zone.look}${stale}`}
              style={{ '--from': zone.from, '--to': zone.to } as CSSProperties}
            />
          ))}
        </span>
        <span className="slider-reference" />
        {used !== undefined && <span className="slider-use" />}
        <input
          type="range"
          min={0}
          max={1}
          step="any"
          value={position}
          aria-label={label}
          aria-valuetext={valueText}
          data-testid={testId}
          onChange={(event) => onChange(Number(event.target.value), gesture.current)}
          onKeyDown={onKeyDown}
          onPointerDown={begin}
        />
      </span>
    </Tooltip>
  );
}

/** What the zones at both ends leave in the middle. */
function betweenZones(zones: readonly SliderZone[]): CSSProperties {
  const from = Math.max(0, ...zones.flatMap((zone) => (zone.from <= 0 ? [zone.to] : [])));
  const to = Math.min(1, ...zones.flatMap((zone) => (zone.from > 0 ? [zone.from] : [])));
  return { '--from': from, '--to': Math.max(from, to) } as CSSProperties;
}
