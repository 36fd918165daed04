/**
 * Causal grouped-query attention (Ainslie et al. 2023): softmax(scale · q kᵀ) v. Keys and values are never repeated: the
 * query heads that share a key head lie one below the other as rows of one product. The probabilities are kept for the
 * gradient where they are small, and computed again, a chunk of heads at a time, where they are not.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CHUNK_BYTES, rangesOf, type Range } from './chunks.ts';
import { differentiable, savedAt } from './differentiable.ts';
import { accumulate, run } from './kernel.ts';

/** Probabilities of one call up to this size are kept from forward to backward. */
const KEPT_BYTES = 32 * 2 ** 20;

export interface AttentionOptions {
  /** Factor of the scores, such as 1 / sqrt(D); positive. */
  readonly scale: number;
  /** Bytes of scores to hold at once, and to keep for the gradient; for tests. */
  readonly chunkBytes?: number;
  readonly keptBytes?: number;
}

/**
 * q [B, Hq, T, D], k and v [B, Hkv, S, D] -> [B, Hq, T, D]; Hq is a multiple of Hkv, and query head h reads key head
 * floor(h · Hkv / Hq). With S > T the first S - T keys come from a cache: query t sees keys 0 .. S - T + t.
 */
export function causalAttention(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, options: AttentionOptions): tf.Tensor4D {
  const [batch, heads, length, size] = q.shape;
  const [, keyHeads, keys] = k.shape;
  if (heads % keyHeads !== 0) throw new RangeError(`${heads} query heads cannot share ${keyHeads} key heads.`);
  if (keys < length) throw new RangeError(`${length} queries cannot be the last of ${keys} keys.`);
  const { scale, chunkBytes = CHUNK_BYTES, keptBytes = KEPT_BYTES } = options;
  if (!(scale > 0)) throw new RangeError(`The scale of attention is ${scale}; it must be positive.`);
  const group = heads / keyHeads;
  const rows = group * length;
  const head: Head = { length, scale };
  const keep = batch * heads * length * keys * 4 <= keptBytes;

  return differentiable({
    inputs: { q, k, v },
    forward: (save, recording) => {
      const queries = tf.reshape<tf.Rank.R3>(q, [batch * keyHeads, rows, size]);
      const keysOf = tf.reshape<tf.Rank.R3>(k, [batch * keyHeads, keys, size]);
      const values = tf.reshape<tf.Rank.R3>(v, [batch * keyHeads, keys, size]);
      if (keep) {
        const p = probabilities(queries, keysOf, head);
        if (recording) save(queries, keysOf, values, p);
        return tf.reshape(tf.matMul(p, values), q.shape);
      }
      if (recording) save(queries, keysOf, values);
      const pieces = chunksOf(batch * keyHeads, group, length, keys, chunkBytes).map(({ heads: which, rows: span }) => ({
        which,
        piece: tf.tidy(() => {
          const p = probabilities(part(queries, which, span), part(keysOf, which), head);
          return tf.matMul(p, part(values, which)) as tf.Tensor3D;
        }),
      }));
      return tf.reshape(joined(pieces), q.shape);
    },
    backward: (dy, saved) => {
      const all = {
        q: savedAt<tf.Tensor3D>(saved, 0),
        k: savedAt<tf.Tensor3D>(saved, 1),
        v: savedAt<tf.Tensor3D>(saved, 2),
      };
      const upstream = tf.reshape<tf.Rank.R3>(dy, all.q.shape);
      const back = keep
        ? gradients({ ...all, dy: upstream, p: savedAt<tf.Tensor3D>(saved, 3) }, head)
        : gradientsByChunk(all, upstream, chunksOf(batch * keyHeads, group, length, keys, chunkBytes), head);
      return { q: tf.reshape(back.q, q.shape), k: tf.reshape(back.k, k.shape), v: tf.reshape(back.v, v.shape) };
    },
  });
}

interface Head {
  /** Queries per head. */
  readonly length: number;
  readonly scale: number;
}

/** A type rather than an interface, as tfjs's containers must have an index signature. */
type Triple = { readonly q: tf.Tensor3D; readonly k: tf.Tensor3D; readonly v: tf.Tensor3D };

/** [heads, rows, D] and [heads, keys, D] -> [heads, rows, keys]; row r is query r mod length. */
function probabilities(q: tf.Tensor3D, k: tf.Tensor3D, { length, scale }: Head): tf.Tensor3D {
  return tf.tidy(() => {
    const scores = tf.matMul(q, k, false, true) as tf.Tensor3D;
    const [p] = run('FusedCausalSoftmax', { scores }, { length, scale }, () => {
      const [, rows, keys] = scores.shape;
      return [tf.softmax(tf.add(tf.mul(scores, scale), maskOf(rows, keys, length))) as tf.Tensor3D];
    });
    return p;
  });
}

/** 0 where the query may see the key, else what makes its exponential vanish; [rows, keys]. */
function maskOf(rows: number, keys: number, length: number): tf.Tensor2D {
  const values = new Float32Array(rows * keys);
  for (let row = 0; row < rows; row++) values.fill(-1e30, row * keys + keys - length + (row % length) + 1, (row + 1) * keys);
  return tf.tensor2d(values, [rows, keys]);
}

/** With dP = dO Vᵀ and dS = scale · P (dP - sum(P dP)): dQ = dS K, dK = dSᵀ Q, dV = Pᵀ dO. */
function gradients({ q, k, v, dy, p }: Triple & { readonly dy: tf.Tensor3D; readonly p: tf.Tensor3D }, { length, scale }: Head): Triple {
  return tf.tidy(() => {
    const dp = tf.matMul(dy, v, false, true);
    const [ds] = run('FusedCausalSoftmaxGrad', { p, dp }, { length, scale }, () => {
      const weighted = tf.mul(p, dp);
      return [tf.mul(tf.sub(weighted, tf.mul(p, tf.sum(weighted, -1, true))), scale) as tf.Tensor3D];
    });
    return {
      q: tf.matMul(ds, k) as tf.Tensor3D,
      k: tf.matMul(ds, q, true) as tf.Tensor3D,
      v: tf.matMul(p, dy, true) as tf.Tensor3D,
    };
  });
}

interface Chunk {
  /** Of batch · key heads. */
  readonly heads: Range;
  /** Of the rows of those heads: whole query heads. */
  readonly rows: Range;
}

/** Several key heads at once, or where even one is too large, its query heads one after the other. */
function chunksOf(keyHeads: number, group: number, length: number, keys: number, chunkBytes: number): readonly Chunk[] {
  const headBytes = group * length * keys * 4;
  const rows = headBytes <= chunkBytes ? group * length : length;
  return rangesOf(keyHeads, chunkBytes / headBytes).flatMap((heads) => rangesOf(group * length, rows).map((span) => ({ heads, rows: span })));
}

function part(x: tf.Tensor3D, heads: Range, rows: Range = { from: 0, to: x.shape[1] }): tf.Tensor3D {
  return tf.slice(x, [heads.from, rows.from, 0], [heads.to - heads.from, rows.to - rows.from, x.shape[2]]);
}

/** Pieces that follow each other along rows within the same heads, and then along heads. */
function joined(pieces: readonly { readonly which: Range; readonly piece: tf.Tensor3D }[]): tf.Tensor3D {
  const byHeads = new Map<number, tf.Tensor3D[]>();
  for (const { which, piece } of pieces) byHeads.set(which.from, [...(byHeads.get(which.from) ?? []), piece]);
  return tf.concat([...byHeads.values()].map((parts) => tf.concat(parts, 1)), 0);
}

function gradientsByChunk(all: Triple, dy: tf.Tensor3D, chunks: readonly Chunk[], head: Head): Triple {
  const queries: { which: Range; piece: tf.Tensor3D }[] = [];
  const keysAndValues = new Map<number, { k: tf.Tensor3D; v: tf.Tensor3D }>();
  for (const { heads: which, rows } of chunks) {
    const back = tf.tidy(() => {
      const q = part(all.q, which, rows);
      const k = part(all.k, which);
      return gradients({ q, k, v: part(all.v, which), dy: part(dy, which, rows), p: probabilities(q, k, head) }, head);
    });
    queries.push({ which, piece: back.q });
    const before = keysAndValues.get(which.from);
    keysAndValues.set(which.from, { k: accumulate(before?.k, back.k), v: accumulate(before?.v, back.v) });
  }
  const sums = [...keysAndValues.values()];
  return { q: joined(queries), k: tf.concat(sums.map(({ k }) => k), 0), v: tf.concat(sums.map(({ v }) => v), 0) };
}
