/** A card beside something drawn: on the side with more room, inside the element that holds both. */
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import './floating_card.css';

/** What the card stands beside, in pixels of the holding element. */
export interface Anchor {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

const GAP_PX = 10;
/** Height of the bar at the foot of the window, which must stay free. */
const FOOT_PX = 30;

export function FloatingCard({ anchor: { left, right, top }, children }: { readonly anchor: Anchor; readonly children: ReactNode }) {
  const card = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = card.current;
    const holder = element?.parentElement;
    if (element === null || holder === null || holder === undefined) return;
    const { width, height } = element.getBoundingClientRect();
    const page = holder.getBoundingClientRect();
    const x = left > holder.clientWidth / 2 ? Math.max(0, left - GAP_PX - width) : Math.min(right + GAP_PX, holder.clientWidth - width);
    // It may hang over the holder, but must stay in what scrolls it, and in the window.
    const ceiling = holder.closest('.main')?.getBoundingClientRect().top ?? 0;
    const y = Math.max(ceiling + 4 - page.top, Math.min(top, innerHeight - FOOT_PX - page.top - height));
    element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  });
  return (
    <div ref={card} className="floating-card">
      {children}
    </div>
  );
}
