/**
 * The operations of engine/tensor/ops written out once more, as plainly as possible and in double precision, and derivatives
 * by central differences: what the fast versions are checked against. Arrays are row-major.
 */

export type Numbers = readonly number[];

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const sum = (values: Numbers): number => values.reduce((total, value) => total + value, 0);
const dot = (a: Numbers, b: Numbers): number => sum(a.map((value, i) => value * b[i]!));

/** Rows of `width`. */
export function rows(x: Numbers, width: number): readonly Numbers[] {
  return range(x.length / width).map((row) => x.slice(row * width, (row + 1) * width));
}

export function linear(x: Numbers, weight: Numbers, bias: Numbers | undefined, width: number): Numbers {
  const outputs = rows(weight, width);
  return rows(x, width).flatMap((row) => outputs.map((out, i) => dot(row, out) + (bias?.[i] ?? 0)));
}

export function rmsNorm(x: Numbers, weight: Numbers, eps: number): Numbers {
  return rows(x, weight.length).flatMap((row) => {
    const norm = Math.sqrt(dot(row, row) / row.length + eps);
    return row.map((value, i) => (value / norm) * weight[i]!);
  });
}

export function swiGlu(gate: Numbers, up: Numbers): Numbers {
  return gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
}

/** [B, T, N, D] -> [B, N, T, D]; cos and sin [T, D / 2]. */
export function splitHeads(x: Numbers, shape: readonly [number, number, number, number], rope?: { cos: Numbers; sin: Numbers }): Numbers {
  const [batch, length, heads, size] = shape;
  const half = size / 2;
  return range(batch).flatMap((b) =>
    range(heads).flatMap((n) =>
      range(length).flatMap((t) =>
        range(size).map((i) => {
          const at = ((b * length + t) * heads + n) * size;
          if (rope === undefined) return x[at + i]!;
          const angle = t * half + (i % half);
          const partner = i < half ? -x[at + i + half]! : x[at + i - half]!;
          return x[at + i]! * rope.cos[angle]! + partner * rope.sin[angle]!;
        }),
      ),
    ),
  );
}

/** [B, N, T, D] -> [B, T, N * D]. */
export function mergeHeads(x: Numbers, shape: readonly [number, number, number, number]): Numbers {
  const [batch, heads, length, size] = shape;
  return splitHeads(x, [batch, heads, length, size]);
}

export function softmax(x: Numbers): Numbers {
  const top = Math.max(...x);
  const exponentials = x.map((value) => Math.exp(value - top));
  const total = sum(exponentials);
  return exponentials.map((value) => value / total);
}

export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly size: number;
}

export function attention(q: Numbers, k: Numbers, v: Numbers, { batch, heads, keyHeads, queries, keys, size }: AttentionShape, scale: number): Numbers {
  return range(batch).flatMap((b) =>
    range(heads).flatMap((h) => {
      const keyHead = b * keyHeads + Math.floor((h * keyHeads) / heads);
      const rowOf = (x: Numbers, head: number, length: number, t: number) => x.slice((head * length + t) * size, (head * length + t + 1) * size);
      return range(queries).flatMap((t) => {
        const seen = range(keys - queries + t + 1);
        const query = rowOf(q, b * heads + h, queries, t);
        const p = softmax(seen.map((s) => scale * dot(query, rowOf(k, keyHead, keys, s))));
        return range(size).map((i) => sum(seen.map((s) => p[s]! * rowOf(v, keyHead, keys, s)[i]!)));
      });
    }),
  );
}

export function embed(table: Numbers, ids: Numbers, width: number): Numbers {
  const words = rows(table, width);
  return ids.flatMap((id) => words[id]!);
}

export function normalisedMse(student: Numbers, teacher: Numbers, input: Numbers): number {
  const distance = (a: Numbers, b: Numbers) => sum(a.map((value, i) => (value - b[i]!) ** 2));
  return distance(student, teacher) / distance(teacher, input);
}

export function cosineLoss(student: Numbers, teacher: Numbers, width: number): number {
  const others = rows(teacher, width);
  const losses = rows(student, width).map((row, i) => 1 - dot(row, others[i]!) / Math.sqrt(dot(row, row) * dot(others[i]!, others[i]!)));
  return sum(losses) / losses.length;
}

/** -log p per token; undefined where the target is negative. */
export function tokenLosses(hidden: Numbers, head: Numbers, targets: Numbers, width: number): readonly (number | undefined)[] {
  return rows(linear(hidden, head, undefined, width), head.length / width).map((logits, i) => {
    const target = targets[i]!;
    return target < 0 ? undefined : logSum(logits) - logits[target]!;
  });
}

export function crossEntropy(hidden: Numbers, head: Numbers, targets: Numbers, width: number): number {
  const losses = tokenLosses(hidden, head, targets, width).filter((loss) => loss !== undefined);
  return sum(losses) / losses.length;
}

/** KL(teacher || student) per token. */
export function divergences(student: readonly Numbers[], teacher: readonly Numbers[]): Numbers {
  return teacher.map((logits, i) => {
    const own = student[i]!;
    const p = softmax(logits);
    return sum(p.map((share, v) => share * (logits[v]! - logSum(logits) - (own[v]! - logSum(own)))));
  });
}

function logSum(x: Numbers): number {
  const top = Math.max(...x);
  return top + Math.log(sum(x.map((value) => Math.exp(value - top))));
}

/** Derivative of `f` by the elements of `x` at `places`, by central differences. */
export function derivative(f: (x: Numbers) => number, x: Numbers, places: readonly number[], step = 1e-5): Numbers {
  return places.map((i) => {
    const at = (value: number) => f(x.with(i, value));
    return (at(x[i]! + step) - at(x[i]! - step)) / (2 * step);
  });
}
