import { FLOAT, RUN, dot } from './simd';

/** sum of x² over `count` floats. */
export function sumOfSquares(x: usize, count: i32): f64 {
  let total: f64 = 0;
  while (count > 0) {
    const run = min(count, RUN);
    total += <f64>dot(x, x, run);
    x += <usize>run * FLOAT;
    count -= run;
  }
  return total;
}

/** Smallest float of full precision: processors are many times slower at those below it. */
const LEAST: f32 = 1.17549435e-38;

/**
 * One step in place: g = gradient · factor; m = β1 m + (1 - β1) g; v = β2 v + (1 - β2) g²;
 * x = keep · x - rate · m / (sqrt(v) · spread + ε), where rate and spread hold the bias corrections. Moments too small for full
 * precision count as 0: without gradients, as of a rare token's embedding, they would stick at the smallest float there is.
 */
export function adamStep(x: usize, gradient: usize, m: usize, v: usize, count: i32, factor: usize, beta1: f32, beta2: f32, rest1: f32, rest2: f32, epsilon: f32, keep: f32, rate: f32, spread: f32): void {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  const clip = load<f32>(factor);
  const clip4 = f32x4.splat(clip);
  const beta14 = f32x4.splat(beta1);
  const beta24 = f32x4.splat(beta2);
  const rest14 = f32x4.splat(rest1);
  const rest24 = f32x4.splat(rest2);
  const epsilon4 = f32x4.splat(epsilon);
  const keep4 = f32x4.splat(keep);
  const rate4 = f32x4.splat(rate);
  const spread4 = f32x4.splat(spread);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), clip4);
    const first = flushed4(f32x4.add(f32x4.mul(v128.load(m + i), beta14), f32x4.mul(g, rest14)));
    const second = flushed4(f32x4.add(f32x4.mul(v128.load(v + i), beta24), f32x4.mul(f32x4.mul(g, g), rest24)));
    v128.store(m + i, first);
    v128.store(v + i, second);
    const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(second), spread4), epsilon4);
    v128.store(x + i, f32x4.sub(f32x4.mul(v128.load(x + i), keep4), f32x4.mul(rate4, f32x4.div(first, divisor))));
  }
  for (; i < bytes; i += FLOAT) {
    const g = load<f32>(gradient + i) * clip;
    const first = flushed(load<f32>(m + i) * beta1 + g * rest1);
    const second = flushed(load<f32>(v + i) * beta2 + g * g * rest2);
    store<f32>(m + i, first);
    store<f32>(v + i, second);
    store<f32>(x + i, load<f32>(x + i) * keep - rate * (first / (sqrt<f32>(second) * spread + epsilon)));
  }
}

/** Keeps what is not a number, which is the sign of a step that went wrong. */
function flushed4(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(LEAST)));
}

function flushed(x: f32): f32 {
  return abs<f32>(x) < LEAST ? 0 : x;
}
