import { FLOAT, dot, sum4 } from './simd';

/** y = x · inverse · weight per row with inverse = 1 / sqrt(mean(x²) + eps), which is kept for the gradients. */
export function rmsNorm(x: usize, weight: usize, y: usize, inverse: usize, rows: i32, width: i32, eps: f32): void {
  const bytes = <usize>width * FLOAT;
  const whole = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    const scale: f32 = 1 / sqrt<f32>(dot(x, x, width) / <f32>width + eps);
    store<f32>(inverse, scale);
    const scale4 = f32x4.splat(scale);
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(y + i, f32x4.mul(f32x4.mul(v128.load(x + i), scale4), v128.load(weight + i)));
    for (; i < bytes; i += FLOAT) store<f32>(y + i, load<f32>(x + i) * scale * load<f32>(weight + i));
    x += bytes;
    y += bytes;
    inverse += FLOAT;
  }
}

/** dx = inverse · (g - x · inverse² · mean(g · x)) with g = dy · weight. */
export function rmsNormGradX(dy: usize, x: usize, weight: usize, inverse: usize, dx: usize, rows: i32, width: i32): void {
  const bytes = <usize>width * FLOAT;
  const whole = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    const scale = load<f32>(inverse);
    const scale4 = f32x4.splat(scale);
    let partial = f32x4.splat(0);
    let i: usize = 0;
    // g waits in dx for the mean.
    for (; i < whole; i += 16) {
      const g = f32x4.mul(v128.load(dy + i), v128.load(weight + i));
      v128.store(dx + i, g);
      partial = f32x4.add(partial, f32x4.mul(g, v128.load(x + i)));
    }
    let sum = sum4(partial);
    for (; i < bytes; i += FLOAT) {
      const g = load<f32>(dy + i) * load<f32>(weight + i);
      store<f32>(dx + i, g);
      sum += g * load<f32>(x + i);
    }
    const share: f32 = (sum / <f32>width) * scale * scale;
    const share4 = f32x4.splat(share);
    for (i = 0; i < whole; i += 16) {
      v128.store(dx + i, f32x4.mul(scale4, f32x4.sub(v128.load(dx + i), f32x4.mul(v128.load(x + i), share4))));
    }
    for (; i < bytes; i += FLOAT) store<f32>(dx + i, scale * (load<f32>(dx + i) - load<f32>(x + i) * share));
    dy += bytes;
    x += bytes;
    dx += bytes;
    inverse += FLOAT;
  }
}

/** dweight = sum over rows of dy · x · inverse. */
export function rmsNormGradWeight(dy: usize, x: usize, inverse: usize, dweight: usize, rows: i32, width: i32): void {
  const bytes = <usize>width * FLOAT;
  const whole = bytes & ~15;
  memory.fill(dweight, 0, bytes);
  for (let row = 0; row < rows; row++) {
    const scale = load<f32>(inverse);
    const scale4 = f32x4.splat(scale);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const term = f32x4.mul(f32x4.mul(v128.load(dy + i), v128.load(x + i)), scale4);
      v128.store(dweight + i, f32x4.add(v128.load(dweight + i), term));
    }
    for (; i < bytes; i += FLOAT) store<f32>(dweight + i, load<f32>(dweight + i) + load<f32>(dy + i) * load<f32>(x + i) * scale);
    dy += bytes;
    x += bytes;
    inverse += FLOAT;
  }
}
