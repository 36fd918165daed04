/** An architecture's sign beside its name. */
import { useStore } from 'zustand';
import { themeStore } from '../../state/theme_store.ts';
import type { Served } from '../../state/serving_subjects.ts';
import { PinSwatch } from '../pins/pin_swatch.tsx';
import { lookOf } from './look.ts';

/** Outlines on a 12-unit grid, in the order of the presets' markers. */
const MODEL_SHAPES = ['M1 1.5h10L6 11z', 'M4.5 1h3v3.5H11v3H7.5V11h-3V7.5H1v-3h3.5z', 'M2.6.8 6 4.2 9.4.8l1.8 1.8L7.8 6l3.4 3.4-1.8 1.8L6 7.8l-3.4 3.4L.8 9.4 4.2 6 .8 2.6z', 'M1 1h10L1 11h10z'] as const;
const STAR = 'M6 .6 7.5 4.5l4.1.2-3.2 2.6 1.1 4L6 9 2.5 11.3l1.1-4L.4 4.7l4.1-.2z';

export function Swatch({ served }: { readonly served: Pick<Served, 'kind' | 'index'> }) {
  const theme = useStore(themeStore, (state) => state.theme);
  if (served.kind === 'pin') return <PinSwatch index={served.index} />;
  const shape = served.kind === 'parent' ? STAR : served.kind === 'current' ? 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1' : MODEL_SHAPES[served.index % MODEL_SHAPES.length];
  return (
    <svg className="icon" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d={shape} fill={lookOf(served, theme).colour} />
    </svg>
  );
}
