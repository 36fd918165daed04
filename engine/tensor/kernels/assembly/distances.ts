import { FLOAT, RUN, dot, sum4 } from './simd';

/** sum of (a - b)² over `count` floats. */
function squaredDistance(a: usize, b: usize, count: i32): f64 {
  let total: f64 = 0;
  while (count > 0) {
    const run = min(count, RUN);
    const bytes = <usize>run * FLOAT;
    const whole = bytes & ~15;
    let sum: v128 = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const d = f32x4.sub(v128.load(a + i), v128.load(b + i));
      sum = f32x4.add(sum, f32x4.mul(d, d));
    }
    total += <f64>sum4(sum);
    for (; i < bytes; i += FLOAT) {
      const d = load<f32>(a + i) - load<f32>(b + i);
      total += <f64>(d * d);
    }
    a += bytes;
    b += bytes;
    count -= run;
  }
  return total;
}

/** loss = |student - teacher|² / |teacher - input|², and the denominator, which is at least `smallest`. */
export function normalisedMse(student: usize, teacher: usize, input: usize, loss: usize, scale: usize, count: i32, smallest: f32): void {
  const denominator = max(squaredDistance(teacher, input, count), <f64>smallest);
  store<f32>(scale, <f32>denominator);
  store<f32>(loss, <f32>(squaredDistance(student, teacher, count) / denominator));
}

/** dstudent = dy · 2 (student - teacher) / scale. */
export function normalisedMseGrad(student: usize, teacher: usize, scale: usize, dy: usize, dstudent: usize, count: i32): void {
  const factor: f32 = (2 * load<f32>(dy)) / load<f32>(scale);
  const factor4 = f32x4.splat(factor);
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(dstudent + i, f32x4.mul(factor4, f32x4.sub(v128.load(student + i), v128.load(teacher + i))));
  for (; i < bytes; i += FLOAT) store<f32>(dstudent + i, factor * (load<f32>(student + i) - load<f32>(teacher + i)));
}

/** Mean over rows of 1 - cos; per row the factors of teacher and student in the gradient of cos go to `a` and `b`. */
export function cosineLoss(student: usize, teacher: usize, loss: usize, a: usize, b: usize, rows: i32, width: i32, smallest: f32): void {
  const bytes = <usize>width * FLOAT;
  let total: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const product = dot(student, teacher, width);
    const own = max(dot(student, student, width), smallest);
    const other = max(dot(teacher, teacher, width), smallest);
    const inverse: f32 = 1 / (sqrt<f32>(own) * sqrt<f32>(other));
    const cosine: f32 = product * inverse;
    store<f32>(a, inverse);
    store<f32>(b, cosine / own);
    total += 1 - <f64>cosine;
    student += bytes;
    teacher += bytes;
    a += FLOAT;
    b += FLOAT;
  }
  store<f32>(loss, <f32>(total / <f64>rows));
}

/** dstudent = -dy / rows · (a · teacher - b · student). */
export function cosineLossGrad(student: usize, teacher: usize, a: usize, b: usize, dy: usize, dstudent: usize, rows: i32, width: i32): void {
  const bytes = <usize>width * FLOAT;
  const whole = bytes & ~15;
  const factor: f32 = -load<f32>(dy) / <f32>rows;
  for (let row = 0; row < rows; row++) {
    const toTeacher: f32 = factor * load<f32>(a);
    const toStudent: f32 = factor * load<f32>(b);
    const toTeacher4 = f32x4.splat(toTeacher);
    const toStudent4 = f32x4.splat(toStudent);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      v128.store(dstudent + i, f32x4.sub(f32x4.mul(toTeacher4, v128.load(teacher + i)), f32x4.mul(toStudent4, v128.load(student + i))));
    }
    for (; i < bytes; i += FLOAT) store<f32>(dstudent + i, toTeacher * load<f32>(teacher + i) - toStudent * load<f32>(student + i));
    student += bytes;
    teacher += bytes;
    dstudent += bytes;
    a += FLOAT;
    b += FLOAT;
  }
}
