/**
 * What the traders of the stories sell: one of sixteen goods for each of 16 x 8 traders, drawn once and for ever. No rule
 * leads from trader to goods, so a model can only learn it by heart, in the key-value memories that FFNs are (Geva et al.
 * 2021, "Transformer feed-forward layers are key-value memories"): the narrower they become, the more of it is lost.
 */
import { Random } from '../../random.ts';
import { FAMILIES, GOODS, NAMES } from '../vocabulary.ts';

const random = Random.of(128, 'what traders sell');
const TABLE: readonly (readonly string[])[] = NAMES.map(() => FAMILIES.map(() => random.pick(GOODS)));

/** Goods of the trader of this first and family name, by their places in NAMES and FAMILIES. */
export function goodsOf(name: number, family: number): string {
  return TABLE[name]?.[family] ?? '';
}
