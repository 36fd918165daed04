/** A short text beside whatever the pointer or the keyboard focus is on. Lines break where the text has line breaks. */
import { cloneElement, useEffect, useId, useLayoutEffect, useRef, useState, type ReactElement, type SyntheticEvent } from 'react';
import { createPortal } from 'react-dom';
import './tooltip.css';

type AnchorProps = {
  onMouseEnter?: (event: SyntheticEvent<HTMLElement>) => void;
  onMouseLeave?: () => void;
  onPointerDown?: () => void;
  onFocus?: (event: SyntheticEvent<HTMLElement>) => void;
  onBlur?: () => void;
  'aria-describedby'?: string | undefined;
};

interface TooltipProps {
  readonly text: string;
  /** False where the text only repeats the element's own name. */
  readonly describes?: boolean;
  /** One element that passes on event handlers and `aria-describedby`. */
  readonly children: ReactElement<AnchorProps>;
}

const SHOW_AFTER_MS = 350;
const GAP_PX = 6;

export function Tooltip({ text, describes = true, children }: TooltipProps) {
  const id = useId();
  const [anchor, setAnchor] = useState<DOMRect>();
  const [delay] = useState(() => new Delay());
  useEffect(() => () => delay.cancel(), [delay]);
  const show = (element: HTMLElement, ms: number): void => delay.start(ms, () => setAnchor(element.getBoundingClientRect()));
  const hide = (): void => {
    delay.cancel();
    setAnchor(undefined);
  };
  if (text === '') return children;
  return (
    <>
      {cloneElement(children, {
        onMouseEnter: (event) => show(event.currentTarget, SHOW_AFTER_MS),
        onMouseLeave: hide,
        // Whoever presses knows what it is, and what a drag changes often stands where the text would.
        onPointerDown: hide,
        onFocus: (event) => event.currentTarget.matches(':focus-visible') && show(event.currentTarget, 0),
        onBlur: hide,
        ...(describes ? { 'aria-describedby': id } : {}),
      })}
      {/* Inside an open modal dialog only its own descendants are above its backdrop. Looked for only while something
          shows: a dragged limit renders dozens of these per frame. */}
      {createPortal(
        describes || anchor !== undefined ? <Bubble id={id} text={text} anchor={anchor} /> : undefined,
        (anchor === undefined ? undefined : document.querySelector('dialog[open]')) ?? document.body,
      )}
    </>
  );
}

/** At most one thing waiting to happen. */
class Delay {
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(ms: number, action: () => void): void {
    this.cancel();
    this.#timer = setTimeout(action, ms);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

function Bubble({ id, text, anchor }: { readonly id: string; readonly text: string; readonly anchor: DOMRect | undefined }) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const bubble = element.current;
    if (bubble === null || anchor === undefined) return;
    const { width, height } = bubble.getBoundingClientRect();
    const left = Math.min(Math.max(anchor.left + anchor.width / 2 - width / 2, GAP_PX), innerWidth - width - GAP_PX);
    const below = anchor.bottom + GAP_PX;
    const top = below + height > innerHeight ? anchor.top - height - GAP_PX : below;
    bubble.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }, [anchor]);
  return (
    <div ref={element} id={id} role="tooltip" className="tooltip" hidden={anchor === undefined}>
      {text}
    </div>
  );
}
