/**
 * Small Parquet files for tests: one row group, one uncompressed plain page per column, no optional values. The layout
 * follows the format's description (parquet-format, Thrift compact protocol).
 */

/** Text columns become UTF-8 byte arrays; numbers INT64 if all are whole, else DOUBLE. */
export type FixtureColumns = Readonly<Record<string, readonly string[] | readonly number[]>>;

const MAGIC = [0x50, 0x41, 0x52, 0x31];
const INT64 = 2;
const DOUBLE = 5;
const BYTE_ARRAY = 6;

export function parquetFixture(columns: FixtureColumns): Uint8Array {
  const file: number[] = [...MAGIC];
  const names = Object.keys(columns);
  const rows = Object.values(columns)[0]?.length ?? 0;
  const chunks = Object.entries(columns).map(([name, values]) => {
    const [type, data] = plain(values);
    const offset = file.length;
    const page = struct([i32(1, 0), i32(2, data.length), i32(3, data.length), nested(5, [i32(1, values.length), i32(2, 0), i32(3, 3), i32(4, 3)])]);
    for (const byte of [...page, ...data]) file.push(byte);
    const bytes = page.length + data.length;
    const meta = [
      i32(1, type),
      listOf(2, 5, [zigzag(0)]),
      listOf(3, 8, [binary(name)]),
      i32(4, 0),
      i64(5, values.length),
      i64(6, bytes),
      i64(7, bytes),
      i64(9, offset),
    ];
    return { name, type, bytes, chunk: struct([i64(2, offset), nested(3, meta)]) };
  });
  const schema = [
    struct([field(4, 8, binary('schema')), i32(5, names.length)]),
    ...chunks.map(({ name, type }) => struct([i32(1, type), i32(3, 0), field(4, 8, binary(name)), ...(type === BYTE_ARRAY ? [i32(6, 0)] : [])])),
  ];
  const group = struct([listOf(1, 12, chunks.map(({ chunk }) => chunk)), i64(2, chunks.reduce((sum, { bytes }) => sum + bytes, 0)), i64(3, rows)]);
  const footer = struct([i32(1, 1), listOf(2, 12, schema), i64(3, rows), listOf(4, 12, [group])]);
  file.push(...footer, ...littleEndian(footer.length, 4), ...MAGIC);
  return Uint8Array.from(file);
}

function plain(values: readonly string[] | readonly number[]): [number, number[]] {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length > 0) {
    return [BYTE_ARRAY, texts.flatMap((text) => [...littleEndian(new TextEncoder().encode(text).length, 4), ...new TextEncoder().encode(text)])];
  }
  const numbers = values.filter((value) => typeof value === 'number');
  const whole = numbers.every((value) => Number.isInteger(value));
  const view = new DataView(new ArrayBuffer(8 * numbers.length));
  for (const [i, value] of numbers.entries()) {
    if (whole) view.setBigInt64(8 * i, BigInt(value), true);
    else view.setFloat64(8 * i, value, true);
  }
  return [whole ? INT64 : DOUBLE, [...new Uint8Array(view.buffer)]];
}

interface Field {
  readonly id: number;
  readonly type: number;
  readonly bytes: readonly number[];
}

function field(id: number, type: number, bytes: readonly number[]): Field {
  return { id, type, bytes };
}

const i32 = (id: number, value: number): Field => field(id, 5, zigzag(value));
const i64 = (id: number, value: number): Field => field(id, 6, zigzag(value));
const nested = (id: number, fields: readonly Field[]): Field => field(id, 12, struct(fields));

function listOf(id: number, type: number, items: readonly (readonly number[])[]): Field {
  const head = items.length < 15 ? [(items.length << 4) | type] : [0xf0 | type, ...varint(items.length)];
  return field(id, 9, [...head, ...items.flat()]);
}

function struct(fields: readonly Field[]): number[] {
  let last = 0;
  const bytes: number[] = [];
  for (const { id, type, bytes: value } of fields) {
    bytes.push(((id - last) << 4) | type, ...value);
    last = id;
  }
  return [...bytes, 0];
}

function binary(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...varint(bytes.length), ...bytes];
}

function zigzag(value: number): number[] {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
}
