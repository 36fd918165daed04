import { FLOAT, exp1, exp4, largest, sum4 } from './simd';

/** sum of exp(logit - top) over `count` floats. */
function sumOfExponentials(logits: usize, count: i32, top: f32): f32 {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  const top4 = f32x4.splat(top);
  let total4 = f32x4.splat(0);
  let i: usize = 0;
  for (; i < whole; i += 16) total4 = f32x4.add(total4, exp4(f32x4.sub(v128.load(logits + i), top4)));
  let total = sum4(total4);
  for (; i < bytes; i += FLOAT) total += exp1(load<f32>(logits + i) - top);
  return total;
}

/** Moves a row's running sum of exponentials to the larger maximum `top`, and stores that. */
function raise(maxima: usize, sums: usize, top: f32): void {
  const before = load<f32>(maxima);
  if (top <= before) return;
  store<f32>(sums, load<f32>(sums) * exp1(before - top));
  store<f32>(maxima, top);
}

/**
 * Takes the columns `offset` .. of the vocabulary into each row's running maximum and sum of exponentials; where the row's
 * target is among them, its logit goes to `picked`.
 */
export function logitStats(logits: usize, targets: usize, maxima: usize, sums: usize, picked: usize, rows: i32, columns: i32, offset: i32): void {
  const bytes = <usize>columns * FLOAT;
  for (let row = 0; row < rows; row++) {
    raise(maxima, sums, largest(logits, columns));
    store<f32>(sums, load<f32>(sums) + sumOfExponentials(logits, columns, load<f32>(maxima)));
    const column = load<i32>(targets) - offset;
    if (column >= 0 && column < columns) store<f32>(picked, load<f32>(logits + <usize>column * FLOAT));
    logits += bytes;
    targets += FLOAT;
    maxima += FLOAT;
    sums += FLOAT;
    picked += FLOAT;
  }
}

/** In place: scale · (softmax - one at the target), and 0 in rows whose target is negative. */
export function crossEntropyGrad(logits: usize, targets: usize, maxima: usize, sums: usize, scale: usize, rows: i32, columns: i32, offset: i32): void {
  const bytes = <usize>columns * FLOAT;
  const whole = bytes & ~15;
  const factor = load<f32>(scale);
  for (let row = 0; row < rows; row++) {
    const target = load<i32>(targets);
    if (target < 0) {
      memory.fill(logits, 0, bytes);
    } else {
      const top = load<f32>(maxima);
      const share: f32 = factor / load<f32>(sums);
      const top4 = f32x4.splat(top);
      const share4 = f32x4.splat(share);
      let i: usize = 0;
      for (; i < whole; i += 16) v128.store(logits + i, f32x4.mul(exp4(f32x4.sub(v128.load(logits + i), top4)), share4));
      for (; i < bytes; i += FLOAT) store<f32>(logits + i, exp1(load<f32>(logits + i) - top) * share);
      const column = target - offset;
      if (column >= 0 && column < columns) {
        const at = logits + <usize>column * FLOAT;
        store<f32>(at, load<f32>(at) - factor);
      }
    }
    logits += bytes;
    targets += FLOAT;
    maxima += FLOAT;
    sums += FLOAT;
  }
}

/**
 * Takes columns of the student's and the teacher's logits into each row's running maxima and sums, and into `cross`, the sum
 * of exp(teacher - its maximum) · (teacher - student).
 */
export function klStats(student: usize, teacher: usize, studentMax: usize, studentSum: usize, teacherMax: usize, teacherSum: usize, cross: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns * FLOAT;
  const whole = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    raise(studentMax, studentSum, largest(student, columns));
    const before = load<f32>(teacherMax);
    raise(teacherMax, teacherSum, largest(teacher, columns));
    const top = load<f32>(teacherMax);
    if (top > before) store<f32>(cross, load<f32>(cross) * exp1(before - top));
    const own4 = f32x4.splat(load<f32>(studentMax));
    const top4 = f32x4.splat(top);
    let studentTotal4 = f32x4.splat(0);
    let teacherTotal4 = f32x4.splat(0);
    let cross4 = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const s = v128.load(student + i);
      const t = v128.load(teacher + i);
      const e = exp4(f32x4.sub(t, top4));
      studentTotal4 = f32x4.add(studentTotal4, exp4(f32x4.sub(s, own4)));
      teacherTotal4 = f32x4.add(teacherTotal4, e);
      cross4 = f32x4.add(cross4, f32x4.mul(e, f32x4.sub(t, s)));
    }
    let studentTotal = sum4(studentTotal4);
    let teacherTotal = sum4(teacherTotal4);
    let crossTotal = sum4(cross4);
    for (; i < bytes; i += FLOAT) {
      const s = load<f32>(student + i);
      const t = load<f32>(teacher + i);
      const e = exp1(t - top);
      studentTotal += exp1(s - load<f32>(studentMax));
      teacherTotal += e;
      crossTotal += e * (t - s);
    }
    store<f32>(studentSum, load<f32>(studentSum) + studentTotal);
    store<f32>(teacherSum, load<f32>(teacherSum) + teacherTotal);
    store<f32>(cross, load<f32>(cross) + crossTotal);
    student += bytes;
    teacher += bytes;
    studentMax += FLOAT;
    studentSum += FLOAT;
    teacherMax += FLOAT;
    teacherSum += FLOAT;
    cross += FLOAT;
  }
}

/** In place in `student`: scale · (softmax(student) - softmax(teacher)). */
export function klGrad(student: usize, teacher: usize, studentMax: usize, studentSum: usize, teacherMax: usize, teacherSum: usize, scale: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns * FLOAT;
  const whole = bytes & ~15;
  const factor = load<f32>(scale);
  for (let row = 0; row < rows; row++) {
    const own = load<f32>(studentMax);
    const top = load<f32>(teacherMax);
    const ownShare: f32 = factor / load<f32>(studentSum);
    const topShare: f32 = factor / load<f32>(teacherSum);
    const own4 = f32x4.splat(own);
    const top4 = f32x4.splat(top);
    const ownShare4 = f32x4.splat(ownShare);
    const topShare4 = f32x4.splat(topShare);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const q = f32x4.mul(exp4(f32x4.sub(v128.load(student + i), own4)), ownShare4);
      const p = f32x4.mul(exp4(f32x4.sub(v128.load(teacher + i), top4)), topShare4);
      v128.store(student + i, f32x4.sub(q, p));
    }
    for (; i < bytes; i += FLOAT) {
      store<f32>(student + i, exp1(load<f32>(student + i) - own) * ownShare - exp1(load<f32>(teacher + i) - top) * topShare);
    }
    student += bytes;
    teacher += bytes;
    studentMax += FLOAT;
    studentSum += FLOAT;
    teacherMax += FLOAT;
    teacherSum += FLOAT;
  }
}

/** Each row's `k` <= columns largest logits, largest first, and their columns; of equals the first column leads. */
export function topLogits(logits: usize, values: usize, indices: usize, rows: i32, columns: i32, k: i32): void {
  const bytes = <usize>columns * FLOAT;
  const whole = bytes & ~15;
  const last = <usize>(k - 1) * FLOAT;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at <= last; at += FLOAT) {
      store<f32>(values + at, -f32.MAX_VALUE);
      store<i32>(indices + at, 0);
    }
    let smallest = load<f32>(values + last);
    let i: usize = 0;
    while (i < bytes) {
      // Four at a time as long as none of them is among the largest.
      if (i < whole && (i & 15) === 0 && !v128.any_true(f32x4.gt(v128.load(logits + i), f32x4.splat(smallest)))) {
        i += 16;
        continue;
      }
      const value = load<f32>(logits + i);
      if (value > smallest) {
        let at = last;
        while (at > 0 && load<f32>(values + at - FLOAT) < value) {
          store<f32>(values + at, load<f32>(values + at - FLOAT));
          store<i32>(indices + at, load<i32>(indices + at - FLOAT));
          at -= FLOAT;
        }
        store<f32>(values + at, value);
        store<i32>(indices + at, <i32>(i / FLOAT));
        smallest = load<f32>(values + last);
      }
      i += FLOAT;
    }
    logits += bytes;
    values += last + FLOAT;
    indices += last + FLOAT;
  }
}
