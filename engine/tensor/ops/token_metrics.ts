/**
 * What evaluation asks of every token: its loss, its divergence from the teacher and how its target ranks; without gradients
 * and as host arrays. The head may come a piece at a time, for models whose head the device does not hold at once.
 */
import * as tf from '@tensorflow/tfjs-core';
import { run } from './kernel.ts';
import {
  LOWEST,
  headRows,
  logitsOf,
  noDivergence,
  noLogits,
  vocabularyRanges,
  withDivergence,
  withLogits,
  type DivergenceStats,
  type VocabularyOptions,
} from './vocabulary.ts';

/** A head [vocabulary, H] whose rows are made when they are needed; they are disposed of afterwards. */
export interface HeadSource {
  readonly vocabulary: number;
  rows(from: number, to: number): Promise<tf.Tensor2D>;
}

export interface TokenMetricsOptions extends VocabularyOptions {
  /** With a teacher, KL(teacher || student) per token. The same head as the student's is read once. */
  readonly teacher?: { readonly hidden: tf.Tensor2D; readonly head: tf.Tensor2D | HeadSource };
  /** Ranks are told apart up to this; by default 10. */
  readonly topK?: number;
}

/** One entry per token. */
export interface TokenMetrics {
  /** -log p(target) in nats; NaN where the target is -1. */
  readonly nll: Float32Array<ArrayBuffer>;
  /** KL(teacher || student) in nats; with a teacher only. */
  readonly kl?: Float32Array<ArrayBuffer>;
  /**
   * How many tokens have a larger logit than the target, at most `topK`: 0 is the most likely; -1 where the target is -1, and
   * `topK` where the target's logit is not a number.
   */
  readonly rank: Int32Array<ArrayBuffer>;
  /** The most likely token; the smallest of equals, -1 where no logit is a number. */
  readonly argmax: Int32Array<ArrayBuffer>;
}

/** hidden [N, H], head [V, H], targets int32 [N] below V (-1 = none). */
export async function tokenMetrics(
  hidden: tf.Tensor2D,
  head: tf.Tensor2D | HeadSource,
  targets: tf.Tensor1D,
  options: TokenMetricsOptions = {},
): Promise<TokenMetrics> {
  const { teacher, topK = 10 } = options;
  const [tokens, width] = hidden.shape;
  const vocabulary = 'vocabulary' in head ? head.vocabulary : head.shape[0];
  const top = new TopTokens(tokens, topK);
  let stats = noLogits(tokens);
  let divergence = teacher && noDivergence(tokens);
  const streamed = [head, teacher?.head].some((source) => source !== undefined && 'vocabulary' in source);
  const rowFloats = streamed ? Math.max(tokens, width, teacher?.hidden.shape[1] ?? 0) : tokens;
  try {
    for (const { from, to } of vocabularyRanges(rowFloats, vocabulary, options)) {
      const rows = await rowsOf(head, from, to);
      const teacherRows = teacher && (teacher.head === head ? rows : await rowsOf(teacher.head, from, to));
      const logits = tf.tidy(() => logitsOf(hidden, rows));
      const best = topOf(logits, Math.min(topK, to - from));
      try {
        stats = withLogits(stats, logits, targets, from);
        if (teacher && teacherRows && divergence) {
          const other = tf.tidy(() => logitsOf(teacher.hidden, teacherRows));
          divergence = withDivergence(divergence, logits, other);
          other.dispose();
        }
        top.add(await best.values.data<'float32'>(), await best.indices.data<'int32'>(), from);
      } finally {
        tf.dispose([logits, best.values, best.indices]);
        for (const made of new Set([rows, teacherRows])) if (made !== head && made !== teacher?.head) made?.dispose();
      }
    }
    const wanted = await targets.data<'int32'>();
    const [max, sum, picked] = await Promise.all([stats.max.data(), stats.sum.data(), stats.picked.data()]);
    const nll = Float32Array.from({ length: tokens }, (_, i) => (wanted[i] < 0 ? Number.NaN : max[i] + Math.log(sum[i]) - picked[i]));
    const kl = divergence && (await divergenceOf(divergence));
    return { nll, rank: top.ranks(picked, wanted), argmax: top.best(), ...(kl && { kl }) };
  } finally {
    tf.dispose(stats);
    if (divergence) tf.dispose(divergence);
  }
}

/** The head's rows; those of a tensor that are the whole tensor are that tensor. */
async function rowsOf(head: tf.Tensor2D | HeadSource, from: number, to: number): Promise<tf.Tensor2D> {
  return 'vocabulary' in head ? head.rows(from, to) : headRows(head, { from, to });
}

/** The k largest logits per row, largest first, and their columns; each [N, k]. */
function topOf(logits: tf.Tensor2D, k: number): { values: tf.Tensor; indices: tf.Tensor } {
  const [values, indices] = run('FusedTopLogits', { logits }, { k }, () => {
    const best = tf.topk(logits, k);
    return [best.values, best.indices];
  });
  return { values, indices };
}

async function divergenceOf(stats: DivergenceStats): Promise<Float32Array<ArrayBuffer>> {
  const [studentMax, studentSum, teacherMax, teacherSum, cross] = await Promise.all([
    stats.studentMax.data(),
    stats.studentSum.data(),
    stats.teacherMax.data(),
    stats.teacherSum.data(),
    stats.cross.data(),
  ]);
  return Float32Array.from(
    cross,
    (value, i) => value / teacherSum[i] + (studentMax[i] - teacherMax[i]) + Math.log(studentSum[i] / teacherSum[i]),
  );
}

/** The largest logits of each token over all chunks so far. */
class TopTokens {
  readonly #tokens: number;
  readonly #k: number;
  /** Rows of k, largest first. */
  readonly #values: Float32Array<ArrayBuffer>;
  readonly #columns: Int32Array<ArrayBuffer>;

  constructor(tokens: number, k: number) {
    this.#tokens = tokens;
    this.#k = k;
    this.#values = new Float32Array(tokens * k).fill(LOWEST);
    this.#columns = new Int32Array(tokens * k).fill(-1);
  }

  /** `values` and `columns` are rows of some k', largest first; columns count from `offset`. */
  add(values: Float32Array, columns: Int32Array, offset: number): void {
    const width = values.length / this.#tokens;
    for (let token = 0; token < this.#tokens; token++) {
      for (let i = token * width; i < (token + 1) * width; i++) {
        if (!this.#insert(token * this.#k, values[i], columns[i] + offset)) break;
      }
    }
  }

  /** Of equals the one that came first leads. */
  #insert(start: number, value: number, column: number): boolean {
    let at = start + this.#k - 1;
    if (!(value > this.#values[at])) return false;
    for (; at > start && this.#values[at - 1] < value; at--) {
      this.#values[at] = this.#values[at - 1];
      this.#columns[at] = this.#columns[at - 1];
    }
    this.#values[at] = value;
    this.#columns[at] = column;
    return true;
  }

  ranks(targetLogits: ArrayLike<number>, targets: Int32Array): Int32Array<ArrayBuffer> {
    return Int32Array.from({ length: this.#tokens }, (_, token) => {
      if (targets[token] < 0) return -1;
      // A model that has diverged ranks nothing, least of all first.
      if (Number.isNaN(targetLogits[token])) return this.#k;
      let rank = 0;
      while (rank < this.#k && this.#values[token * this.#k + rank] > targetLogits[token]) rank++;
      return rank;
    });
  }

  best(): Int32Array<ArrayBuffer> {
    return Int32Array.from({ length: this.#tokens }, (_, token) => this.#columns[token * this.#k]);
  }
}
