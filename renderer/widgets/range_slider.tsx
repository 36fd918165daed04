/**
 * A slider that also shows where a reference and the present use lie. Everything is given as positions from 0 to 1,
 * so that the caller decides on the scale. It is the browser's own range input over a drawn track, so pointer, touch
 * and assistive technology work as anywhere.
 */
import { useRef, type CSSProperties, type KeyboardEvent } from 'react';
import './range_slider.css';

interface RangeSliderProps {
  readonly label: string;
  readonly valueText: string;
  readonly position: number;
  /** Marked with a tick. */
  readonly reference: number;
  /** Filled up to here. */
  readonly used: number | undefined;
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

export function RangeSlider({ label, valueText, position, reference, used, tone, onChange, onStep, testId }: RangeSliderProps) {
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
  return (
    <span className={`slider slider-${tone}`} style={{ '--low': low, '--high': high, '--reference': reference } as CSSProperties}>
      <span className="slider-track">
        <span className="slider-used" />
        <span className="slider-slack" />
      </span>
      <span className="slider-reference" />
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
  );
}
