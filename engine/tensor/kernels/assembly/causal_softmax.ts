import { FLOAT, dot, exp1, exp4, largest, sum4 } from './simd';

/**
 * In place: each row of scores [rows, keys] becomes softmax(scale · scores) over the keys its query may see, 0 elsewhere. Row r
 * belongs to query r mod `length`, which sees the first keys - length + (r mod length) + 1 keys.
 */
export function causalSoftmax(scores: usize, rows: i32, length: i32, keys: i32, scale: f32): void {
  const bytes = <usize>keys * FLOAT;
  const scale4 = f32x4.splat(scale);
  let query = 0;
  for (let row = 0; row < rows; row++) {
    const visible = keys - length + query + 1;
    const end = <usize>visible * FLOAT;
    const whole = end & ~15;
    const top = largest(scores, visible);
    const top4 = f32x4.splat(top);
    let total4 = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const e = exp4(f32x4.mul(f32x4.sub(v128.load(scores + i), top4), scale4));
      v128.store(scores + i, e);
      total4 = f32x4.add(total4, e);
    }
    let total = sum4(total4);
    for (; i < end; i += FLOAT) {
      const e = exp1((load<f32>(scores + i) - top) * scale);
      store<f32>(scores + i, e);
      total += e;
    }
    const share: f32 = 1 / total;
    const share4 = f32x4.splat(share);
    for (i = 0; i < whole; i += 16) v128.store(scores + i, f32x4.mul(v128.load(scores + i), share4));
    for (; i < end; i += FLOAT) store<f32>(scores + i, load<f32>(scores + i) * share);
    memory.fill(scores + end, 0, bytes - end);
    scores += bytes;
    if (++query === length) query = 0;
  }
}

/** In place in `dp`: the gradient of the scores, scale · p · (dp - sum(p · dp)), from probabilities p and their gradient. */
export function causalSoftmaxGrad(p: usize, dp: usize, rows: i32, length: i32, keys: i32, scale: f32): void {
  const bytes = <usize>keys * FLOAT;
  const scale4 = f32x4.splat(scale);
  let query = 0;
  for (let row = 0; row < rows; row++) {
    const visible = keys - length + query + 1;
    const end = <usize>visible * FLOAT;
    const whole = end & ~15;
    const mean = dot(p, dp, visible);
    const mean4 = f32x4.splat(mean);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const centred = f32x4.sub(v128.load(dp + i), mean4);
      v128.store(dp + i, f32x4.mul(f32x4.mul(v128.load(p + i), scale4), centred));
    }
    for (; i < end; i += FLOAT) store<f32>(dp + i, load<f32>(p + i) * scale * (load<f32>(dp + i) - mean));
    memory.fill(dp + end, 0, bytes - end);
    p += bytes;
    dp += bytes;
    if (++query === length) query = 0;
  }
}
