import { FLOAT } from './simd';

/** One head's row from `source` to `target`, rotated where `cos` is not 0: halves (a, b) -> (a cos - b sin, b cos + a sin). */
function rotateRow(source: usize, target: usize, cos: usize, sin: usize, size: i32, direction: f32): void {
  const half = <usize>(size >> 1) * FLOAT;
  const whole = half & ~15;
  const direction4 = f32x4.splat(direction);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const a = v128.load(source + i);
    const b = v128.load(source + half + i);
    const c = v128.load(cos + i);
    const s = f32x4.mul(v128.load(sin + i), direction4);
    v128.store(target + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
    v128.store(target + half + i, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
  }
  for (; i < half; i += FLOAT) {
    const a = load<f32>(source + i);
    const b = load<f32>(source + half + i);
    const c = load<f32>(cos + i);
    const s = load<f32>(sin + i) * direction;
    store<f32>(target + i, a * c - b * s);
    store<f32>(target + half + i, b * c + a * s);
  }
}

/** x [B, T, N, D] -> out [B, N, T, D]; cos and sin [T, D / 2], or 0 for no rotation; direction 1, or -1 to rotate back. */
export function splitHeads(x: usize, cos: usize, sin: usize, out: usize, batch: i32, length: i32, heads: i32, size: i32, direction: f32): void {
  const bytes = <usize>size * FLOAT;
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < length; t++) {
      const table = <usize>t * (bytes >> 1);
      for (let n = 0; n < heads; n++) {
        const target = out + <usize>((b * heads + n) * length + t) * bytes;
        if (cos === 0) memory.copy(target, x, bytes);
        else rotateRow(x, target, cos + table, sin + table, size, direction);
        x += bytes;
      }
    }
  }
}

/** x [B, N, T, D] -> out [B, T, N, D], rotated as in `splitHeads`. */
export function mergeHeads(x: usize, cos: usize, sin: usize, out: usize, batch: i32, length: i32, heads: i32, size: i32, direction: f32): void {
  const bytes = <usize>size * FLOAT;
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < length; t++) {
      const table = <usize>t * (bytes >> 1);
      for (let n = 0; n < heads; n++) {
        const source = x + <usize>((b * heads + n) * length + t) * bytes;
        if (cos === 0) memory.copy(out, source, bytes);
        else rotateRow(source, out, cos + table, sin + table, size, direction);
        out += bytes;
      }
    }
  }
}
