/**
 * Documents as tokens. Words of the corpus' own vocabulary are looked up one by one, which is what its tokenizer would do,
 * only faster; any other text and tokenizer goes through the tokenizer, with the begin token that its template asks for.
 */
import { badInput } from '../../protocol/errors.ts';
import type { Tokenizer } from '../../transformer/tokenizer.ts';
import type { CorpusDocument } from './corpus.ts';
import type { TaskExample } from './data_format.ts';

export interface Encoder {
  /** Stands behind every document. */
  readonly eosId: number;
  readonly vocabularySize: number;
  text(text: string): ArrayLike<number>;
  corpusDocument(document: CorpusDocument): ArrayLike<number>;
  /** The document up to the end of its answer, behind the token that stands before documents. */
  example(document: CorpusDocument): TaskExample;
}

/**
 * `words` is given where the tokenizer is the corpus' own.
 * @throws WorkbenchError `bad_input` where the tokenizer has no end token.
 */
export function encoderOf(tokenizer: Tokenizer, path: string, words?: readonly string[]): Encoder {
  const { eosId, vocabularySize } = tokenizer;
  if (eosId === undefined) {
    throw badInput(path, '', 'a token that ends a text, to be put between documents', 'none', 'Put the tokenizer_config.json of the model, which names it, beside the file.');
  }
  const ids = new Map((words ?? []).map((word) => [word, tokenizer.idOf(word)]));

  const text = (document: string): Int32Array => {
    const tokens = tokenizer.encode(document, { special: true });
    return tokens.at(-1) === eosId ? tokens.subarray(0, -1) : tokens;
  };
  const ofWords = (document: readonly string[]): ArrayLike<number> => {
    const tokens = document.map((word) => ids.get(word) ?? -1);
    return tokens.includes(-1) ? text(document.join(' ')) : tokens;
  };
  return {
    eosId,
    vocabularySize,
    text,
    corpusDocument: ({ words }) => ofWords(words),
    example({ task, level, words, answer: [start, end] }) {
      const prompt = ofWords(words.slice(0, start));
      const tokens = Array.from(ofWords(words.slice(0, end)));
      // A tokenizer that joins the last letters of the prompt with the first of the answer makes both part of the answer.
      let same = 0;
      while (same < prompt.length && prompt[same] === tokens[same]) same++;
      // In packed sequences a document without a begin token of its own stands behind the end of the one before.
      const begins = tokenizer.bosId !== undefined && tokens[0] === tokenizer.bosId;
      if (!begins) tokens.unshift(eosId);
      return { task, level, tokens, answer: [begins ? same : same + 1, tokens.length] };
    },
  };
}
