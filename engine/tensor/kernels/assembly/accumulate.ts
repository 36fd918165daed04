import { FLOAT } from './simd';

/** target[i] += source[i] for `count` floats. */
export function addInto(target: usize, source: usize, count: i32): void {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(target + i, f32x4.add(v128.load(target + i), v128.load(source + i)));
  for (; i < bytes; i += FLOAT) store<f32>(target + i, load<f32>(target + i) + load<f32>(source + i));
}

/** out = a + b for `count` floats. */
export function add(a: usize, b: usize, out: usize, count: i32): void {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  for (; i < bytes; i += FLOAT) store<f32>(out + i, load<f32>(a + i) + load<f32>(b + i));
}

/** In place: x · factor. */
export function scaleInPlace(x: usize, factor: usize, count: i32): void {
  const by = load<f32>(factor);
  if (by === 1) return;
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  const by4 = f32x4.splat(by);
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), by4));
  for (; i < bytes; i += FLOAT) store<f32>(x + i, load<f32>(x + i) * by);
}

/** In place: every row of x [rows, width] plus bias. */
export function addBias(x: usize, bias: usize, rows: i32, width: i32): void {
  const bytes = <usize>width * FLOAT;
  for (let row = 0; row < rows; row++) {
    addInto(x, bias, width);
    x += bytes;
  }
}

/** out = the sum of the rows of x [rows, width]. */
export function columnSums(x: usize, out: usize, rows: i32, width: i32): void {
  const bytes = <usize>width * FLOAT;
  memory.fill(out, 0, bytes);
  for (let row = 0; row < rows; row++) {
    addInto(out, x, width);
    x += bytes;
  }
}

/** table[ids[row]] += rows of x, from a table of zeros; an id outside the table counts nowhere. */
export function scatterAdd(x: usize, ids: usize, table: usize, rows: i32, width: i32, size: i32): void {
  const bytes = <usize>width * FLOAT;
  memory.fill(table, 0, <usize>size * bytes);
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids);
    if (id >= 0 && id < size) addInto(table + <usize>id * bytes, x, width);
    x += bytes;
    ids += FLOAT;
  }
}
