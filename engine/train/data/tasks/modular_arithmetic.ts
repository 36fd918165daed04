/**
 * `sum 7 : 3 6 2 5 0 .` A running sum modulo the first number: from 3, add 6 and it is 2, add 5 and it is 0. Every step looks
 * up a table of (modulus, running sum, addend), which has to be learned by heart or as a rotation, so it lives in FFNs
 * (addition modulo a prime is what Power et al. 2022, "Grokking", trained small transformers on); attention only brings the
 * number before. Asked for is the last sum.
 */
import { NUMBERS } from '../vocabulary.ts';
import { documentOf, type Level, type Task } from './task.ts';

const MODULUS = { 1: 5, 2: 7, 3: 9, 4: 11 } as const satisfies Record<Level, number>;
const ADDENDS = 8;

export const modularArithmetic: Task = {
  name: 'modular_arithmetic',
  generate(random, level) {
    const modulus = MODULUS[level];
    let sum = random.below(modulus);
    const numbers = [sum];
    for (let i = 0; i < ADDENDS; i++) {
      const addend = random.below(modulus);
      sum = (sum + addend) % modulus;
      numbers.push(addend, sum);
    }
    const words = numbers.map((value) => NUMBERS[value] ?? '');
    return documentOf(['sum', String(modulus), ':', ...words.slice(0, -1)], words.slice(-1));
  },
};
