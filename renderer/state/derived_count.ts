/** How many children a library describes: the product of the variants per layer, or with spans the number of covers. */
import type { LibraryView } from '../../engine/protocol/library.ts';

const counts = new WeakMap<LibraryView, bigint>();

export function childCount(view: LibraryView): bigint {
  let count = counts.get(view);
  if (count === undefined) counts.set(view, (count = countCovers(view)));
  return count;
}

/** Ways to cover the layers below each depth, from choice to choice in their order of first layer. */
function countCovers({ header, first_layer: first, last_layer: last }: LibraryView): bigint {
  const layers = header.parent.num_hidden_layers;
  const ways = Array.from({ length: layers + 1 }, () => 0n);
  ways[0] = 1n;
  first.forEach((layer, choice) => {
    const next = last[choice] + 1;
    if (next <= layers) ways[next] += ways[layer];
  });
  return ways[layers];
}

const SUPERSCRIPTS = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** `1,296`, or `10⁹⁶` to the nearest power where nobody would count the digits. */
export function countText(count: bigint): string {
  const digits = count.toString();
  if (digits.length <= 7) return Number(count).toLocaleString('en-US');
  // 3.16 is the geometric middle between two powers of ten.
  const power = digits.length - 1 + (Number(digits.slice(0, 3)) > 316 ? 1 : 0);
  return `10${superscript(power)}`;
}

export function superscript(power: number): string {
  return `${power < 0 ? '⁻' : ''}${[...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;
}
