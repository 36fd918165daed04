import { FLOAT, exp4 } from './simd';

function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** out = gate · sigmoid(gate) · up over `count` floats. */
export function swiGlu(gate: usize, up: usize, out: usize, count: i32): void {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const g = v128.load(gate + i);
    v128.store(out + i, f32x4.mul(f32x4.mul(g, sigmoid4(g)), v128.load(up + i)));
  }
  for (; i < bytes; i += FLOAT) {
    const g = f32x4.splat(load<f32>(gate + i));
    const value = f32x4.mul(f32x4.mul(g, sigmoid4(g)), f32x4.splat(load<f32>(up + i)));
    store<f32>(out + i, f32x4.extract_lane(value, 0));
  }
}

function gradGate(g: v128, u: v128, d: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(f32x4.mul(f32x4.mul(d, u), s), f32x4.add(one, f32x4.mul(g, f32x4.sub(one, s))));
}

/** dgate = dy · up · s (1 + gate (1 - s)) and dup = dy · gate · s with s = sigmoid(gate). */
export function swiGluGrad(gate: usize, up: usize, dy: usize, dgate: usize, dup: usize, count: i32): void {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const g = v128.load(gate + i);
    const d = v128.load(dy + i);
    const s = sigmoid4(g);
    v128.store(dgate + i, gradGate(g, v128.load(up + i), d, s));
    v128.store(dup + i, f32x4.mul(f32x4.mul(d, g), s));
  }
  for (; i < bytes; i += FLOAT) {
    const g = f32x4.splat(load<f32>(gate + i));
    const d = f32x4.splat(load<f32>(dy + i));
    const s = sigmoid4(g);
    store<f32>(dgate + i, f32x4.extract_lane(gradGate(g, f32x4.splat(load<f32>(up + i)), d, s), 0));
    store<f32>(dup + i, f32x4.extract_lane(f32x4.mul(f32x4.mul(d, g), s), 0));
  }
}
