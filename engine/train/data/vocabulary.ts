/**
 * The words of the generated corpus. There are few, so that embedding and head stay small beside the blocks of a tiny
 * parent; text is these words with single spaces between. Tasks share words (letters are keys here and symbols there), so the
 * first word of a document decides what the others mean.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** One per task, in the order of TASKS in the protocol. */
const TAGS = words('copy find sum close recall story');
export const LETTERS = words('a b c d e f g h i j');
export const NUMBERS = words('0 1 2 3 4 5 6 7 8 9 10 11');
/** The kinds of brackets: opening ones, and in the same order the closing ones. */
export const OPENING = words('( [ { <');
export const CLOSING = words(') ] } >');

/** First and family names of traders, and what they sell. */
export const NAMES = words('ada boris clara david emma felix greta hugo irene jonas karla leo maria nils olga peter');
export const FAMILIES = words('lund berg holm dahl strand falk lind moor');
export const GOODS = words('amber bread cheese dates eggs figs glass honey iron jam lace milk nuts oil silk wool');

/** Nouns and the verb that belongs to each; singular and plural. */
export const NOUNS = words('dog bird bee cow owl frog wolf horse lion duck snake bell clock river star baby');
export const NOUN_PLURALS = words('dogs birds bees cows owls frogs wolves horses lions ducks snakes bells clocks rivers stars babies');
export const VERBS = words('barks sings hums moos hoots croaks howls neighs roars quacks hisses rings ticks flows shines cries');
export const VERB_PLURALS = words('bark sing hum moo hoot croak howl neigh roar quack hiss ring tick flow shine cry');
export const ADJECTIVES = words('old young small big white black quiet loud lazy happy lost wild');
export const ADVERBS = words('often today softly again');
const FUNCTION_WORDS = words('the of near behind that sees see');
const SIGNS = words(': ; .');

/** Every word once. The tokenizer puts its special tokens before them. */
export const WORDS: readonly string[] = [
  ...SIGNS,
  ...TAGS,
  ...LETTERS,
  ...NUMBERS,
  ...OPENING,
  ...CLOSING,
  ...FUNCTION_WORDS,
  ...NAMES,
  ...FAMILIES,
  ...GOODS,
  ...NOUNS,
  ...NOUN_PLURALS,
  ...VERBS,
  ...VERB_PLURALS,
  ...ADJECTIVES,
  ...ADVERBS,
];
