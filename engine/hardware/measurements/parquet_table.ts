/**
 * Parquet files by way of hyparquet, with every codec that hyparquet-compressors knows. A file's own claims about sizes
 * are checked before anything is unpacked, and every failure becomes an error that names the file.
 */
import { parquetMetadata, parquetRead, type Compressors, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { badInput } from '../../protocol/errors.ts';
import { checkRows, type MeasurementFile } from './measurement_file.ts';
import type { RawTable } from './raw_table.ts';

const MAGIC = 0x31524150;
/** Unpacked; the published tables take 6 MB. */
const MAX_UNPACKED_BYTES = 512 * 2 ** 20;
const MAX_COLUMNS = 500;
const DAMAGED = 'The file is damaged or incomplete: copy or download it again.';

export function isParquet({ bytes }: MeasurementFile): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === MAGIC;
}

/**
 * The rows of a file, with the columns named by `wanted` or all if none of them is there.
 * @throws WorkbenchError `bad_input` for a damaged or nested file, `too_large` beyond the caps
 */
export async function readParquet(file: MeasurementFile, wanted: readonly string[]): Promise<RawTable> {
  const { path, bytes } = file;
  const metadata = readMetadata(file);
  const names = metadata.schema.slice(1).map(({ name }) => name);
  if (metadata.schema.slice(1).some(({ num_children: inner }) => inner !== undefined && inner > 0)) {
    throw badInput(path, 'schema', 'a flat table', 'nested columns', 'Write the table with one value per cell.');
  }
  checkRows(path, Number(metadata.num_rows));
  const columns = names.filter((name) => wanted.includes(name));
  let rows: readonly Readonly<Record<string, unknown>>[] = [];
  // A table of something else need not be read to be refused.
  if (columns.length > 0 && metadata.num_rows > 0n) {
    try {
      await parquetRead({
        // A copy: the reader hands on views of it.
        file: bytes.slice().buffer,
        metadata,
        columns,
        compressors: CAPPED,
        rowFormat: 'object',
        onComplete: (complete) => {
          rows = complete;
        },
      });
    } catch (error) {
      throw badInput(path, '', 'a readable Parquet file', `damage (${reasonOf(error)})`, DAMAGED);
    }
  }
  if (columns.length > 0 && rows.length !== Number(metadata.num_rows)) {
    throw badInput(path, '', `${metadata.num_rows} rows as its footer says`, `${rows.length}`, DAMAGED);
  }
  return { file: path, columns: names, rows, rowName: (index) => `row ${index + 1}` };
}

function readMetadata({ path, bytes }: MeasurementFile): FileMetaData {
  if (bytes.length < 12 || viewOf(bytes).getUint32(bytes.length - 4, true) !== MAGIC) {
    throw badInput(path, `byte ${bytes.length}`, 'the mark PAR1 at the end of a Parquet file', 'something else', DAMAGED);
  }
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(bytes);
  } catch (error) {
    throw badInput(path, 'footer', 'the description of a Parquet table', `damage (${reasonOf(error)})`, DAMAGED);
  }
  const groups = metadata.row_groups;
  const chunks = groups.flatMap(({ columns }) => columns.map(({ meta_data: meta }) => meta));
  const unpacked = chunks.reduce((sum, meta) => sum + Number(meta?.total_uncompressed_size ?? 0), 0);
  const rows = groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const sane =
    metadata.schema.length >= 1 &&
    metadata.schema.length <= MAX_COLUMNS + 1 &&
    metadata.num_rows >= 0n &&
    rows === Number(metadata.num_rows) &&
    unpacked <= MAX_UNPACKED_BYTES &&
    chunks.every((meta) => meta !== undefined && Number(meta.data_page_offset) < bytes.length && Number(meta.total_compressed_size) <= bytes.length);
  if (!sane) throw badInput(path, 'footer', 'a table whose sizes fit the file', 'sizes that contradict it', DAMAGED);
  return metadata;
}

/** Decompressors that refuse a page which claims to unpack to more than any table may hold. */
const CAPPED: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, length: number): Uint8Array => {
      if (!(length >= 0 && length <= MAX_UNPACKED_BYTES)) throw new Error(`a page of ${length} bytes`);
      const output = unpack(input, length);
      if (output.length !== length) throw new Error(`a page of ${output.length} instead of ${length} bytes`);
      return output;
    },
  ]),
);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
