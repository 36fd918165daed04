/**
 * `sum 7 : 3 + 6 + 4 = 2 6 .` Sums modulo the first number, the running sum after each further addend. Every step looks up
 * a table of (modulus, running sum, addend), which has to be learned by heart or as a rotation, so it lives in FFNs
 * (addition modulo a prime is what Power et al. 2022 and Nanda et al. 2023 trained small transformers on); attention brings
 * the right addend. Running sums are asked for, not the last one alone, so that a tiny parent learns it within minutes: the
 * step stays the same however many addends there are.
 */
import { NUMBERS } from '../vocabulary.ts';
import { documentOf, type Level, type Task } from './task.ts';

const DIFFICULTY = {
  1: { modulus: 3, addends: 6 },
  2: { modulus: 5, addends: 6 },
  3: { modulus: 7, addends: 6 },
  4: { modulus: 10, addends: 6 },
} as const satisfies Record<Level, { modulus: number; addends: number }>;

export const modularArithmetic: Task = {
  name: 'modular_arithmetic',
  generate(random, level) {
    const { modulus, addends } = DIFFICULTY[level];
    const words = ['sum', String(modulus), ':'];
    let sum = random.below(modulus);
    words.push(number(sum));
    for (let i = 0; i < addends; i++) {
      const addend = random.below(modulus);
      sum = (sum + addend) % modulus;
      words.push('+', number(addend), '=', number(sum));
    }
    return documentOf(words.slice(0, -1), words.slice(-1));
  },
};

function number(value: number): string {
  return NUMBERS[value] ?? String(value);
}
