/**
 * Number formats of safetensors files and their conversion from and to float32. Weights are computed with in float32;
 * files also hold half (IEEE binary16) and bfloat16, the upper half of a float32. Both directions keep the sign of zero;
 * narrowing rounds to nearest, ties to even, and keeps NaN a NaN.
 */

/** Bits per element of every format that a safetensors file may name. */
export const DTYPE_BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  C64: 64,
  I64: 64,
  U64: 64,
};

/** The formats that weights can be read from and written in. */
export const WEIGHT_DTYPES = ['F32', 'F16', 'BF16'] as const;
export type WeightDtype = (typeof WEIGHT_DTYPES)[number];

export function isWeightDtype(dtype: string): dtype is WeightDtype {
  return (WEIGHT_DTYPES as readonly string[]).includes(dtype);
}

export function bytesPerElement(dtype: WeightDtype): number {
  switch (dtype) {
    case 'F32':
      return 4;
    case 'F16':
    case 'BF16':
      return 2;
    default:
      return dtype satisfies never;
  }
}

/** Writes the elements that `bytes` (little-endian, whole elements) hold to `target`, from its element `offset` on. */
export function widen(dtype: WeightDtype, bytes: Uint8Array, target: Float32Array, offset: number): void {
  if (dtype === 'F32') {
    new Uint8Array(target.buffer, target.byteOffset + offset * 4, bytes.length).set(bytes);
    return;
  }
  // A view of two-byte numbers must start at an even byte.
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
  const bits = new Uint32Array(target.buffer, target.byteOffset + offset * 4, halves.length);
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  else {
    const table = float32BitsOfHalf();
    for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] ?? 0] ?? 0;
  }
}

/** The elements as little-endian bytes; for F32 a view of the same memory. */
export function narrow(dtype: WeightDtype, values: Float32Array): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  const convert = dtype === 'BF16' ? bfloat16Bits : halfBits;
  for (let i = 0; i < halves.length; i++) halves[i] = convert(bits[i] ?? 0);
  return new Uint8Array(halves.buffer);
}

/** The bfloat16 nearest to the float32 of these bits. */
function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The binary16 nearest to the float32 of these bits: 5 bits of exponent (bias 15 instead of 127) and 10 of fraction. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // From 65520 on, halfway between the largest number and what would be the next, everything rounds to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  // Normal from 2^-14 on: rebias the exponent, then round away 13 bits; a carry goes into the exponent as it should.
  if (magnitude >= 0x3880_0000) return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // Below 2^-25 all is zero; between, the fraction with its hidden bit counts units of 2^-24.
  if (magnitude < 0x3300_0000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

let halfTable: Uint32Array | undefined;

/** Bits of the float32 that equals each binary16. */
function float32BitsOfHalf(): Uint32Array {
  if (halfTable !== undefined) return halfTable;
  halfTable = new Uint32Array(0x1_0000);
  const value = new Float32Array(1);
  const valueBits = new Uint32Array(value.buffer);
  for (let half = 0; half < 0x1_0000; half++) {
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) halfTable[half] = 0x7f80_0000 | (fraction << 13);
    else {
      value[0] = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
      halfTable[half] = valueBits[0] ?? 0;
    }
    halfTable[half] = ((halfTable[half] ?? 0) | ((half & 0x8000) << 16)) >>> 0;
  }
  return halfTable;
}
