/**
 * `story : the lazy dogs near the bird bark . nils lund eggs .` A few sentences of a small probabilistic grammar,
 * the corpus' share of natural language: words are Zipfian, what a sentence is about depends on the sentence before
 * (a Markov chain), so that the loss has structure above a floor. The answer is the last word that is certain:
 * levels 1 and 2, the verb, which must be the noun's own and agree with it in number, at level 2 with other nouns between
 * (the attractors of Linzen et al. 2016, "Assessing the ability of LSTMs to learn syntax-sensitive dependencies"); levels 3
 * and 4, what a trader sells (facts.ts), at level 4 any trader and not mostly the common ones.
 */
import type { Random } from '../../random.ts';
import { ADJECTIVES, ADVERBS, FAMILIES, NAMES, NOUN_PLURALS, NOUNS, VERB_PLURALS, VERBS } from '../vocabulary.ts';
import { goodsOf } from './facts.ts';
import { documentOf, type Level, type Task } from './task.ts';
import { zipf } from './zipf.ts';

interface Sentence {
  readonly before: readonly string[];
  /** The word that follows from those before. */
  readonly certain: string;
  readonly after: readonly string[];
}

/** Where in NOUNS and NAMES the sentence before was. */
interface Topic {
  noun: number;
  name: number;
}

export const grammar: Task = {
  name: 'grammar',
  generate(random, level) {
    const topic: Topic = { noun: random.below(NOUNS.length), name: zipf(random, NAMES.length) };
    const story = ['story', ':'];
    for (let left = 1 + random.below(3); left > 0; left--) {
      const { before, certain, after } = random.below(2) === 0 ? aboutNouns(random, topic, random.below(3)) : aboutTrader(random, topic);
      story.push(...before, certain, ...after, '.');
    }
    const last = asked(random, topic, level);
    return documentOf([...story, ...last.before], [last.certain]);
  },
};

function asked(random: Random, topic: Topic, level: Level): Sentence {
  switch (level) {
    case 1:
      return aboutNouns(random, topic, 0);
    case 2:
      return aboutNouns(random, topic, 1 + random.below(2));
    case 3:
      return aboutTrader(random, topic);
    case 4:
      return trade(random.below(NAMES.length), random.below(FAMILIES.length));
    default:
      return level satisfies never;
  }
}

/** `the old dogs [that see the bird | near the bird | ...] bark [often]`, with `others` nouns between. */
function aboutNouns(random: Random, topic: Topic, others: number): Sentence {
  topic.noun = (5 * topic.noun + 3 + zipf(random, NOUNS.length)) % NOUNS.length;
  const noun = topic.noun;
  const plural = random.below(2) === 1;
  const before = ['the', ...adjectives(random, noun), (plural ? NOUN_PLURALS : NOUNS)[noun] ?? ''];
  for (let i = 0; i < others; i++) {
    const joint = i === 0 && random.below(3) === 0 ? ['that', plural ? 'see' : 'sees'] : [random.pick(['of', 'near', 'behind'])];
    const other = (noun + 1 + zipf(random, NOUNS.length - 1)) % NOUNS.length;
    before.push(...joint, 'the', random.pick([NOUN_PLURALS, NOUNS])[other] ?? '');
  }
  const after = random.below(3) === 0 ? [ADVERBS[zipf(random, ADVERBS.length)] ?? ''] : [];
  return { before, certain: (plural ? VERB_PLURALS : VERBS)[noun] ?? '', after };
}

/** None or one, each noun having favourites of its own. */
function adjectives(random: Random, noun: number): string[] {
  return random.below(2) === 0 ? [] : [ADJECTIVES[(7 * noun + zipf(random, ADJECTIVES.length)) % ADJECTIVES.length] ?? ''];
}

/** `nils lund eggs`, names as often as their ranks say. */
function aboutTrader(random: Random, topic: Topic): Sentence {
  topic.name = (topic.name + zipf(random, NAMES.length)) % NAMES.length;
  return trade(topic.name, (3 * topic.name + zipf(random, FAMILIES.length)) % FAMILIES.length);
}

function trade(name: number, family: number): Sentence {
  return { before: [NAMES[name] ?? '', FAMILIES[family] ?? ''], certain: goodsOf(name, family), after: [] };
}
