/** A pin's sign: its colour and, as a second sign, the shape it has on the frontier. */
import { useStore } from 'zustand';
import { themeStore } from '../../state/theme_store.ts';
import { PIN_SYMBOLS, pinColour } from '../../theme/theme.ts';

/** Outlines on a 12-unit grid, in the order of `PIN_SYMBOLS`. */
const SHAPES: Readonly<Record<(typeof PIN_SYMBOLS)[number], string>> = {
  diamond: 'M6 0.5 11.5 6 6 11.5 0.5 6z',
  square: 'M1.5 1.5h9v9h-9z',
  'triangle-up': 'M6 1 11.5 11H0.5z',
  pentagon: 'M6 0.5 11.5 4.6 9.4 11H2.6L0.5 4.6z',
  hexagon: 'M6 0.3 11 3.2v5.6L6 11.7 1 8.8V3.2z',
};

export function PinSwatch({ index }: { readonly index: number }) {
  const theme = useStore(themeStore, (state) => state.theme);
  return (
    <svg className="icon" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d={SHAPES[PIN_SYMBOLS[index % PIN_SYMBOLS.length]]} fill={pinColour(theme, index)} />
    </svg>
  );
}
