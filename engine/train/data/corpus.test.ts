/** Each task's answers are checked by working them out again from the text alone, in another way than they were made. */
import { beforeAll, describe, expect, it } from 'vitest';
import { TASKS, type TaskName } from '../../protocol/train.ts';
import { corpusDocument, corpusExample, type CorpusDocument } from './corpus.ts';
import { LEVELS } from './tasks/task.ts';
import { NOUN_PLURALS, NOUNS, VERB_PLURALS, VERBS, WORDS } from './vocabulary.ts';

const EXAMPLES = 60;

function examples(task: TaskName, perLevel = EXAMPLES): CorpusDocument[] {
  return LEVELS.flatMap((level) => Array.from({ length: perLevel }, (_, i) => corpusExample(11, task, level, i)));
}

/** Text before the answer, and the answer. */
function parts({ words, answer: [start, end] }: CorpusDocument): { prompt: string; answer: string } {
  return { prompt: words.slice(0, start).join(' '), answer: words.slice(start, end).join(' ') };
}

/** The groups of `pattern`, which the text must match. */
function match(text: string, pattern: RegExp): string[] {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`"${text}" is not ${String(pattern)}`);
  return found.slice(1);
}

const SOLVERS: Record<TaskName, (prompt: string, answer: string) => string> = {
  copy(prompt, answer) {
    const [text = ''] = match(prompt, /^copy : ((?:\w )*\w)$/);
    const letters = text.split(' ');
    const length = answer.split(' ').length;
    expect(letters.length % length).toBe(0);
    expect(letters.every((letter, i) => letter === letters[i % length])).toBe(true);
    return letters.slice(0, length).join(' ');
  },
  induction(prompt, answer) {
    const [text = '', ...passages] = match(prompt, /^find : (.*)$/).join().split(' ; ');
    const beginning = passages.at(-1) ?? '';
    expect(text.split(beginning).length - 1).toBe(1);
    for (const passage of passages) expect(text).toContain(passage);
    return (text.split(`${beginning} `)[1] ?? '').split(' ').slice(0, answer.split(' ').length).join(' ');
  },
  modular_arithmetic(prompt) {
    const [modulus = '', list = ''] = match(prompt, /^sum (\d+) : ([\d ]+)$/);
    const numbers = list.split(' ').map(Number);
    const addends = numbers.filter((_, i) => i % 2 === 1);
    return String(addends.reduce((sum, addend) => sum + addend, numbers[0] ?? 0) % Number(modulus));
  },
  brackets(prompt, answer) {
    const [text = ''] = match(prompt, /^close : ([^;]+) ;$/);
    const reduce = (left: string): string => {
      const shorter = left.replace(/\(\)|\[\]|\{\}|<>/g, '');
      return shorter === left ? left : reduce(shorter);
    };
    const open = reduce(text.replaceAll(' ', ''));
    expect(open).toMatch(/^[([{<]+$/);
    expect(reduce(`${open}${answer.replace(' .', '').replaceAll(' ', '')}`)).toBe('');
    return `${Array.from(open, (kind) => ({ '(': ')', '[': ']', '{': '}', '<': '>' })[kind]).reverse().join(' ')} .`;
  },
  recall(prompt) {
    const [list = '', asked = ''] = match(prompt, /^recall : (.*) ; .*\b(\w)$/);
    const pairs = [...list.matchAll(/(\w+) (\w+)/g)].map(([, key, value]) => [key, value] as const);
    expect(new Set(pairs.map(([key]) => key)).size).toBe(pairs.length);
    return pairs.find(([key]) => key === asked)?.[1] ?? '';
  },
  grammar(prompt) {
    const sentence = prompt.split(' . ').at(-1)?.replace('story : ', '') ?? '';
    if (!sentence.startsWith('the ')) return goods.get(sentence) ?? '';
    const subject = sentence.split(' ').find((word) => NOUNS.includes(word) || NOUN_PLURALS.includes(word)) ?? '';
    return (NOUNS.includes(subject) ? VERBS[NOUNS.indexOf(subject)] : VERB_PLURALS[NOUN_PLURALS.indexOf(subject)]) ?? '';
  },
};

/** What traders sell according to the train split. */
const goods = new Map<string, string>();
const train: CorpusDocument[] = [];

beforeAll(() => {
  for (let i = 0; i < 20_000; i++) train.push(corpusDocument(1, 'train', i));
  for (const { task, words } of train) {
    if (task !== 'grammar') continue;
    for (const sentence of words.slice(2, -1).join(' ').split(' . ')) {
      const [name, family, sold] = sentence.split(' ');
      if (name === 'the') continue;
      expect(goods.get(`${name} ${family}`) ?? sold).toBe(sold);
      goods.set(`${name} ${family}`, sold ?? '');
    }
  }
});

describe.each(TASKS)('%s', (task) => {
  it('has answers that follow from what stands before', () => {
    for (const example of examples(task)) {
      const { prompt, answer } = parts(example);
      expect(SOLVERS[task](prompt, answer)).toBe(answer);
    }
  });

  it('has answers that cannot be guessed', () => {
    const counts = new Map<string, number>();
    const all = examples(task, 400);
    // The commonest answer of each level, as if the level were known.
    for (const example of all) {
      const answer = `${example.level}: ${parts(example).answer}`;
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    const guessed = LEVELS.map((level) => Math.max(...[...counts].filter(([answer]) => answer.startsWith(`${level}:`)).map(([, count]) => count)));
    // Sums have 5, 7, 9 or 11 results, recall 5, 7, 9 or 10 values: 14 % over all levels, and a little more in a sample.
    expect(guessed.reduce((sum, count) => sum + count, 0) / all.length).toBeLessThan(0.17);
  });

  it('has enough different texts at every level', () => {
    for (const level of LEVELS) {
      const texts = Array.from({ length: 300 }, (_, i) => corpusExample(1, task, level, i).words.join(' '));
      expect(new Set(texts).size, `level ${level}`).toBeGreaterThan(100);
    }
  });
});

describe('documents', () => {
  it('are functions of seed, split and index', () => {
    const document = corpusDocument(5, 'train', 77);
    corpusDocument(5, 'train', 3);
    expect(corpusDocument(5, 'train', 77)).toEqual(document);
    const texts = (seed: number, split: 'train' | 'held_out'): string => Array.from({ length: 5 }, (_, i) => corpusDocument(seed, split, i).words.join(' ')).join('\n');
    expect(new Set([texts(5, 'train'), texts(6, 'train'), texts(5, 'held_out')]).size).toBe(3);
  });

  it('have words of the vocabulary alone, and all of it', () => {
    expect(new Set(WORDS).size).toBe(WORDS.length);
    expect([...new Set(train.flatMap(({ words }) => words))].sort()).toEqual([...WORDS].sort());
  });

  it('fit a sequence of 64 tokens, and are of every task and level', () => {
    expect(Math.max(...train.map(({ words }) => words.length))).toBeLessThanOrEqual(63);
    const kinds = new Map<string, number>();
    for (const { task, level } of train) kinds.set(`${task} ${level}`, (kinds.get(`${task} ${level}`) ?? 0) + 1);
    expect(kinds.size).toBe(24);
    expect(Math.min(...kinds.values())).toBeGreaterThan(200);
  });

  it('end behind the answer', () => {
    for (const { words, answer: [start, end] } of train) {
      expect(start).toBeLessThan(end);
      expect(words.at(-1)).toBe('.');
      expect(words.length - end).toBeLessThanOrEqual(1);
    }
  });
});

describe('the held-out split', () => {
  it('shares no text with the train split, whatever the seeds', () => {
    const trained = new Set(train.map(({ words }) => words.join(' ')));
    const heldOut = Array.from({ length: 2000 }, (_, i) => corpusDocument(i % 3, 'held_out', i).words.join(' '));
    expect(heldOut.filter((text) => trained.has(text))).toEqual([]);
  });

  it('asks nothing that stands anywhere in the train split', () => {
    // Documents between end tokens; an example without its last full stop could only stand inside one.
    const trained = train.map(({ words }) => words.join(' ')).join('\n');
    for (const task of TASKS) {
      for (const example of examples(task).slice(0, 80)) expect(trained.includes(example.words.join(' '))).toBe(false);
    }
  });
});
