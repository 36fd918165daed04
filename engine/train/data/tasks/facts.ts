/**
 * What the traders of the stories sell: one of twenty goods for each of 24 x 16 traders, drawn once and for ever. No rule
 * leads from trader to goods, so a model can only learn it by heart, in the key-value memories that FFNs are (Geva et al.
 * 2021): the narrower they become, the more of it is lost.
 */
import { Random } from '../../random.ts';
import { GOODS, NAMES, TOWNS } from '../vocabulary.ts';

const random = Random.of(384, 'what traders sell');
const TABLE: readonly (readonly string[])[] = NAMES.map(() => TOWNS.map(() => random.pick(GOODS)));

/** Goods of the trader of this name and town, by their places in NAMES and TOWNS. */
export function goodsOf(name: number, town: number): string {
  return TABLE[name]?.[town] ?? '';
}
