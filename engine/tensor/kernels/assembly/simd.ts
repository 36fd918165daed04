/** What the kernels share: exp and sums over the four lanes of a vector. */

/** Floats that are summed in single precision before the sum goes into a double. */
export const RUN: i32 = 1024;

/** Bytes of a float. */
export const FLOAT: usize = 4;

/**
 * e^x to about 1e-7 relative: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 7 in r, and n added to the exponent.
 * 0 below the smallest normal number, clamped above (never infinite); NaN stays NaN.
 */
export function exp4(x: v128): v128 {
  const bounded = f32x4.pmin(x, f32x4.splat(88.376));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504)));
  // ln 2 in two parts, the first of which times n is exact.
  const coarse = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.add(coarse, f32x4.mul(n, f32x4.splat(0.000212194440)));
  let p = f32x4.splat(1.9841270e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3888889e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3333333e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1666667e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666667e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r);
  p = f32x4.add(p, f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, f32x4.splat(-87.336)));
}

export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

export function sum4(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

function max4(v: v128): f32 {
  return max(max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)), max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** Largest of `count` > 0 floats; NaNs do not count. */
export function largest(at: usize, count: i32): f32 {
  const bytes = <usize>count * FLOAT;
  const whole = bytes & ~15;
  let best4 = f32x4.splat(-f32.MAX_VALUE);
  let i: usize = 0;
  for (; i < whole; i += 16) best4 = f32x4.pmax(best4, v128.load(at + i));
  let best = max4(best4);
  for (; i < bytes; i += FLOAT) {
    const value = load<f32>(at + i);
    if (value > best) best = value;
  }
  return best;
}

/** sum of a · b over `count` floats. */
export function dot(a: usize, b: usize, count: i32): f32 {
  const bytes = <usize>count * FLOAT;
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let i: usize = 0;
  const pairs = bytes & ~31;
  for (; i < pairs; i += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(a + i), v128.load(b + i)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(a + i, 16), v128.load(b + i, 16)));
  }
  let total = sum4(f32x4.add(even, odd));
  for (; i < bytes; i += FLOAT) total += load<f32>(a + i) * load<f32>(b + i);
  return total;
}
