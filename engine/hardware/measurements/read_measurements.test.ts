import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedData } from '../../../test/support/shared_data.ts';
import { WorkbenchError, type ErrorPayload } from '../../protocol/errors.ts';
import { builtInDevices } from '../devices.ts';
import { MAX_FILE_BYTES, MAX_ROWS, type MeasurementFile } from './measurement_file.ts';
import { parquetFixture, type FixtureColumns } from './parquet_fixture.ts';
import { readMeasurementFiles } from './read_folder.ts';
import { readMeasurements, type Measurements } from './read_measurements.ts';

const HOW_TO_GET_TABLES =
  'needs shared data: put aiconfigurator\'s h100_sxm and h200_sxm tables into a folder aiconfigurator/ and set PUZZLE_SHARED_DATA to its parent';

const read = (files: readonly MeasurementFile[], device?: string): Promise<Measurements> => readMeasurements(files, { devices: builtInDevices(), device });
const text = (name: string, content: string): MeasurementFile => ({ path: name, bytes: new TextEncoder().encode(content) });
const parquet = (name: string, columns: FixtureColumns): MeasurementFile => ({ path: name, bytes: parquetFixture(columns) });
const notes = ({ notes: all }: Measurements): string => all.map(({ severity, text: words }) => `${severity}: ${words}`).join('\n');

async function refusal(files: readonly MeasurementFile[], device?: string): Promise<ErrorPayload> {
  try {
    await read(files, device);
  } catch (error) {
    if (error instanceof WorkbenchError) return error.payload;
    throw error;
  }
  throw new Error('it was accepted');
}

const H100 = 'NVIDIA H100 80GB HBM3';
const N = 20;
const all = <T>(value: T): T[] => Array.from({ length: N }, () => value);

/** Made-up timings near what an H100 does. */
function gemm(changes: FixtureColumns = {}): FixtureColumns {
  return {
    framework: all('TRTLLM'),
    version: all('1.3.0rc20'),
    device: all(H100),
    op_name: all('gemm'),
    gemm_dtype: all('fp8'),
    m: Array.from({ length: N }, (_, i) => i + 1),
    n: all(8192),
    k: all(8192),
    latency: Array.from({ length: N }, (_, i) => 0.037 + 0.0001 * i),
    ...changes,
  };
}

function attention(op: string, changes: FixtureColumns = {}): FixtureColumns {
  return {
    framework: all('TRTLLM'),
    version: all('1.3.0rc20'),
    device: all(H100),
    op_name: all(op),
    batch_size: all(64),
    isl: all(1),
    num_heads: all(64),
    num_key_value_heads: all(8),
    head_dim: all(128),
    window_size: all(0),
    beam_width: all(1),
    attn_dtype: all('bfloat16'),
    kv_cache_dtype: all('bfloat16'),
    step: Array.from({ length: N }, (_, i) => 2047 + i),
    latency: Array.from({ length: N }, (_, i) => 0.19 + 0.0001 * i),
    ...changes,
  };
}

function allReduce(changes: FixtureColumns = {}): FixtureColumns {
  return {
    framework: all('TRTLLM'),
    version: all('1.3.0rc20'),
    device: all(H100),
    op_name: all('all_reduce'),
    allreduce_dtype: all('bfloat16'),
    num_gpus: all(2),
    message_size: Array.from({ length: N }, (_, i) => 2 ** (i + 10)),
    latency: Array.from({ length: N }, (_, i) => 1e3 * (2.7e-6 + (2 * 2 ** (i + 10)) / 287e9)),
    ...changes,
  };
}

describe('kernel tables', () => {
  it('are told apart by content, whatever they are called', async () => {
    const { source, tables, files } = await read([
      parquet('one', gemm()),
      parquet('two', attention('generation_attention')),
      parquet('three.csv', attention('context_attention', { isl: all(2048), step: all(0), latency: Array.from({ length: N }, (_, i) => 14 + 0.1 * i) })),
      parquet('four', allReduce()),
    ]);
    expect(source).toMatchObject({ device: { id: 'h100-sxm' }, backend: 'trtllm', version: '1.3.0rc20' });
    expect(files.map(({ rows }) => rows)).toEqual([N, N, N, N]);
    expect(tables.gemm[3]).toMatchObject({ format: 'fp8', m: 4, n: 8192, k: 8192, seconds: expect.closeTo(37.3e-6, 9) as number });
    // Cached tokens and the new one.
    expect(tables.decode[0]).toMatchObject({ kvFormat: 'bf16', sequences: 64, context: 2048, heads: 64, kvHeads: 8, headDim: 128 });
    expect(tables.prefill[0]).toMatchObject({ tokens: 64 * 2048, prompt: 2048 });
    // Elements of two bytes.
    expect(tables.allReduce[0]).toMatchObject({ devices: 2, bytes: 2048 });
  });

  it('may be CSV with the same columns, with quotes, comments and Windows line ends', async () => {
    const lines = Array.from({ length: 3 }, (_, i) => `"TRTLLM","NVIDIA H200",gemm,bfloat16,${i + 1},8192,8192,0.036`);
    const { source, tables } = await read([text('a.txt', `# mine\r\nframework,device,op_name,gemm_dtype,m,n,k,latency\r\n${lines.join('\r\n')}\r\n`)]);
    expect(source.device.id).toBe('h200-sxm');
    expect(tables.gemm.map(({ format, m }) => `${format} ${m}`)).toEqual(['bf16 1', 'bf16 2', 'bf16 3']);
  });

  it('may be a CSV of own timings in a unit of its own', async () => {
    const { source, tables } = await read(
      [
        text(
          'mine.csv',
          [
            'kernel,format,m,n,k,sequences,context,prompt,heads,kv_heads,head_dim,devices,bytes,latency_us',
            'gemm,fp8,64,8192,8192,,,,,,,,,39.1',
            'decode_attention,fp8,,,,64,2048,,64,8,128,,,101.5',
            'prefill_attention,bf16,,,,2,,2048,64,8,128,,,890',
            'all_reduce,,,,,,,,,,,4,2097152,26',
          ].join('\n'),
        ),
      ],
      'h100-sxm',
    );
    expect(source).toMatchObject({ backend: 'own', version: undefined });
    expect(tables.gemm[0]?.seconds).toBeCloseTo(39.1e-6, 12);
    expect(tables.decode[0]).toMatchObject({ sequences: 64, context: 2048, kvHeads: 8 });
    expect(tables.prefill[0]).toMatchObject({ tokens: 4096, prompt: 2048 });
    expect(tables.allReduce[0]).toMatchObject({ devices: 4, bytes: 2_097_152 });
  });

  it('count a later chunk of a prompt with what is before it', async () => {
    const { tables } = await read([parquet('a', attention('context_attention', { isl: all(1024), step: all(1024), latency: Array.from({ length: N }, (_, i) => 8 + 0.1 * i) }))]);
    expect(tables.prefill[0]?.prompt).toBe(3072);
  });

  it('lose windowed rows and several beams, and say so', async () => {
    const windows = Array.from({ length: N }, (_, i) => (i < 5 ? 128 : 0));
    const beams = Array.from({ length: N }, (_, i) => (i === 7 ? 4 : 1));
    const measured = await read([parquet('a', attention('generation_attention', { window_size: windows, beam_width: beams }))]);
    expect(measured.tables.decode).toHaveLength(N - 6);
    expect(notes(measured)).toContain('6 rows with a sliding window');
  });

  it('take the median of duplicate rows', async () => {
    const measured = await read([parquet('a', gemm({ m: all(64), latency: Array.from({ length: N }, (_, i) => (i === 0 ? 0.4 : 0.039)) }))]);
    expect(measured.tables.gemm).toHaveLength(1);
    expect(measured.tables.gemm[0]?.seconds).toBeCloseTo(39e-6, 12);
    expect(notes(measured)).toMatch(/warning: a: 19 rows repeat .* factor of 10/);
  });

  it('prefer a program\'s own all-reduce to the plain library\'s, and use only all-reduce of that', async () => {
    const { allreduce_dtype: _, ...rest } = allReduce({ nccl_dtype: all('half'), op_name: Array.from({ length: N }, (_, i) => (i % 2 === 0 ? 'all_reduce' : 'all_gather')) });
    const plain = parquet('nccl', rest);
    expect((await read([plain])).tables.allReduce).toHaveLength(N / 2);
    const both = await read([plain, parquet('own', allReduce())]);
    expect(both.tables.allReduce).toHaveLength(N);
    expect(both.tables.allReduce.every((row) => !row.plain)).toBe(true);
  });

  it('of several devices need a choice', async () => {
    const mixed = parquet('a', gemm({ device: Array.from({ length: N }, (_, i) => (i < 8 ? H100 : 'NVIDIA H200')) }));
    expect(await refusal([mixed])).toMatchObject({ code: 'bad_input', details: { found: 'h100-sxm, h200-sxm' }, hint: expect.stringContaining('--device') as string });
    expect((await read([mixed], 'h200')).tables.gemm).toHaveLength(12);
    const [h100, h200] = [parquet('one', gemm()), parquet('two', gemm({ device: all('NVIDIA H200') }))];
    expect((await read([h100, h200], 'h200')).files.map(({ path: name }) => name)).toEqual(['two']);
    expect((await refusal([mixed], 'l40s')).details).toMatchObject({ expected: 'rows of l40s' });
  });

  it('of another spelling are taken for the chosen device, with a warning', async () => {
    const strange = parquet('a', gemm({ device: all('Our cloud GPU') }));
    expect(await refusal([strange])).toMatchObject({ message: expect.stringContaining('"Our cloud GPU"') as string });
    const measured = await read([strange], 'h100-sxm');
    expect(measured.tables.gemm).toHaveLength(N);
    expect(notes(measured)).toContain('warning: The tables name the device Our cloud GPU');
  });
});

describe('bad tables', () => {
  it('that are foreign are refused alone and left out beside others', async () => {
    const foreign = parquet('moe_perf.parquet', { op_name: all('moe'), moe_dtype: all('fp8'), num_tokens: all(3), latency: all(0.5) });
    expect(await refusal([foreign])).toMatchObject({
      code: 'bad_input',
      details: { file: 'moe_perf.parquet', expected: 'a table of kernel timings' },
      hint: expect.stringContaining('gemm_perf') as string,
    });
    const measured = await read([foreign, parquet('a', gemm())]);
    expect(notes(measured)).toContain('warning: moe_perf.parquet is left out.');
    expect(await refusal([parquet('taxi.parquet', { fare: [1.5, 2.5], city: ['a', 'b'] })])).toMatchObject({ details: { file: 'taxi.parquet', found: 'columns fare, city' } });
    expect(await refusal([text('notes.txt', 'Dear all,\n"unclosed and ragged\n')])).toMatchObject({ details: { file: 'notes.txt' } });
    expect(await refusal([text('subblock_stats.json', '[{"args": {}}]')])).toMatchObject({ hint: expect.stringContaining('block library') as string });
  });

  it('that lack columns or rows are named with what is missing', async () => {
    const { k: _, latency: __, ...rest } = gemm();
    expect(await refusal([parquet('g.parquet', rest)])).toMatchObject({ details: { file: 'g.parquet', expected: expect.stringContaining('columns k, latency') as string } });
    const { op_name: ___, ...nameless } = attention('generation_attention');
    expect((await refusal([parquet('a', nameless)])).message).toContain('op_name');
    expect(await refusal([text('g.csv', 'gemm_dtype,m,n,k,latency\n')])).toMatchObject({ details: { found: 'a table without rows' } });
    expect(await refusal([text('mine.csv', 'kernel,format,m,n,latency_us\ngemm,fp8,1,2,3\n')], 'h100-sxm')).toMatchObject({ details: { path: 'header', expected: 'a column k, which gemm needs' } });
    expect(await refusal([text('mine.csv', 'kernel,format,m,n,k,time\ngemm,fp8,1,2,3,4\n')], 'h100-sxm')).toMatchObject({ hint: expect.stringContaining('unit') as string });
  });

  it('that are cut off or damaged are refused', async () => {
    const bytes = parquetFixture(gemm());
    for (const length of [4, 11, 100, bytes.length - 1]) {
      expect(await refusal([{ path: 'cut.parquet', bytes: bytes.slice(0, length) }])).toMatchObject({ code: 'bad_input', details: { file: 'cut.parquet' }, hint: expect.stringContaining('damaged') as string });
    }
    expect(await refusal([text('g.csv', 'gemm_dtype,m,n,k,latency\nfp8,1,2,3,4\nfp8,1,')])).toMatchObject({ details: { path: 'line 3', expected: '5 cells as in the header', found: '3' } });
    expect(await refusal([text('e.csv', '')])).toMatchObject({ details: { found: 'an empty file' } });
    expect(await refusal([{ path: 'x.bin', bytes: Uint8Array.from([1, 2, 0, 3]) }])).toMatchObject({ details: { path: 'byte 2' } });
    expect(await refusal([{ path: 'x.csv', bytes: Uint8Array.from([0xff, 0xfe, 0x41]) }])).toMatchObject({ details: { found: 'bytes that are no UTF-8' } });
  });

  it('never fail in any other way, whatever byte is damaged', async () => {
    const bytes = parquetFixture(gemm());
    let state = 7;
    const next = (below: number): number => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return state % below;
    };
    for (let i = 0; i < 300; i++) {
      const damaged = bytes.slice();
      damaged[4 + next(bytes.length - 8)] = next(256);
      await read([{ path: 'damaged.parquet', bytes: damaged }]).catch((error: unknown) => {
        expect(error).toBeInstanceOf(WorkbenchError);
      });
    }
  });

  it('with cells that are no sizes or times name row, column and value', async () => {
    const csv = (row: string): MeasurementFile => text('g.csv', `device,gemm_dtype,m,n,k,latency\n${H100},fp8,1,8192,8192,0.04\n${row}\n`);
    expect(await refusal([csv(`${H100},fp8,-4,8192,8192,0.04`)])).toMatchObject({ details: { path: 'line 3, column m', expected: 'a whole number from 1', found: '"-4"' } });
    expect(await refusal([csv(`${H100},fp8,1.5,8192,8192,0.04`)])).toMatchObject({ details: { path: 'line 3, column m' } });
    expect(await refusal([csv(`${H100},fp8,1,8192,8192,0`)])).toMatchObject({ details: { path: 'line 3, column latency', expected: 'a time above zero' } });
    expect(await refusal([csv(`${H100},fp8,1,8192,8192,fast`)])).toMatchObject({ details: { found: '"fast"' } });
    expect(await refusal([parquet('p', gemm({ latency: Array.from({ length: N }, (_, i) => (i === 4 ? Number.NaN : 0.04)) }))])).toMatchObject({ details: { path: 'row 5, column latency', found: 'NaN' } });
    expect(await refusal([text('mine.csv', 'kernel,format,m,n,k,seconds\nconv,fp8,1,2,3,4\n')], 'h100-sxm')).toMatchObject({ details: { path: 'line 2, column kernel' } });
  });

  it('with number formats nobody knows are refused, or warn where others are known', async () => {
    expect(await refusal([parquet('p', gemm({ gemm_dtype: all('fp6_wide') }))])).toMatchObject({ details: { path: 'row 1, column gemm_dtype', found: '"fp6_wide"' } });
    expect(await refusal([parquet('p', attention('generation_attention', { kv_cache_dtype: all('int3') }))])).toMatchObject({ details: { path: 'row 1, column kv_cache_dtype' } });
    const measured = await read([parquet('p', gemm({ gemm_dtype: Array.from({ length: N }, (_, i) => (i === 2 ? 'fp6_wide' : i < 6 ? 'fp8_block' : 'fp8')) }))]);
    expect(measured.tables.gemm).toHaveLength(14);
    expect(notes(measured)).toMatch(/warning: p, row 3, column gemm_dtype: "fp6_wide" .* 1 rows/);
    expect(notes(measured)).toContain('info: p: 5 rows of fp8_block');
    expect((await refusal([parquet('p', gemm({ gemm_dtype: all('fp8_block') }))])).message).toMatch(/none\. .* 20 rows of fp8_block/);
  });

  it('in seconds or microseconds instead of milliseconds are told by what the device can do', async () => {
    const scaled = (by: number): FixtureColumns => gemm({ latency: Array.from({ length: N }, (_, i) => by * (0.037 + 0.0001 * i)) });
    expect(await refusal([parquet('p', scaled(1e-3))])).toMatchObject({ details: { file: 'p', path: 'column latency' }, hint: expect.stringContaining('(seconds): multiply the column by 1000') as string });
    expect(await refusal([parquet('p', scaled(1e3))])).toMatchObject({ hint: expect.stringContaining('(microseconds): multiply the column by 0.001') as string });
    const late = attention('generation_attention', { latency: Array.from({ length: N }, (_, i) => 190 + i / 8) });
    expect(await refusal([parquet('p', late)])).toMatchObject({ hint: expect.stringContaining('microseconds') as string });
    const own = 'kernel,format,m,n,k,latency_us\ngemm,fp8,64,8192,8192,0.0391\n';
    expect(await refusal([text('mine.csv', own)], 'h100-sxm')).toMatchObject({ details: { path: 'column latency_us' }, hint: expect.stringContaining('milliseconds') as string });
  });

  it('with message sizes in bytes beat the link', async () => {
    const bytes = allReduce({ message_size: Array.from({ length: N }, (_, i) => 2 ** (i + 11)) });
    expect(await refusal([parquet('p', bytes)])).toMatchObject({ details: { path: 'column message_size' }, hint: expect.stringContaining('look like bytes') as string });
  });

  it('of a faster device than chosen are refused', async () => {
    // Half of them small enough that an L40S could be as fast.
    const columns = gemm({ m: Array.from({ length: N }, (_, i) => (i < 10 ? 1 : 8192)), latency: Array.from({ length: N }, (_, i) => (i < 10 ? 0.08 : 0.7)) });
    expect(await refusal([parquet('p', columns)], 'l40s')).toMatchObject({ details: { path: 'row 11, column latency' }, hint: expect.stringContaining('Choose the device') as string });
  });

  it('with single rows beyond the peaks warn', async () => {
    const measured = await read([parquet('p', gemm({ latency: Array.from({ length: N }, (_, i) => (i === 3 ? 0.001 : 0.037)) }))]);
    expect(notes(measured)).toMatch(/warning: p: 1 of 20 rows are more than twice as fast .* row 4/);
  });

  it('of several serving programs are refused, of several versions warned about', async () => {
    const of = (framework: string, version: string): MeasurementFile => parquet(`${framework} ${version}`, gemm({ framework: all(framework), version: all(version) }));
    expect(await refusal([of('TRTLLM', '1'), of('vLLM', '1')])).toMatchObject({ details: { path: 'column framework', found: 'trtllm, vllm' } });
    const measured = await read([of('TRTLLM', '1'), of('TRTLLM', '2')]);
    expect(notes(measured)).toContain('mix versions (1, 2)');
    expect(measured.source.version).toBeUndefined();
  });

  it('beyond the caps are refused before they are parsed', async () => {
    expect(await refusal([{ path: 'big.csv', bytes: new Uint8Array(MAX_FILE_BYTES + 1) }])).toMatchObject({ code: 'too_large', details: { file: 'big.csv' } });
    const many = text('many.csv', `gemm_dtype,m,n,k,latency\n${'fp8,1,2,3,4\n'.repeat(MAX_ROWS + 1)}`);
    expect(await refusal([many])).toMatchObject({ code: 'too_large', details: { file: 'many.csv' } });
    expect(await refusal([])).toMatchObject({ code: 'bad_input' });
  });
});

describe('folders', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kernel-tables-'));
    await mkdir(path.join(folder, 'gemm', 'trtllm', '1.3'), { recursive: true });
    await writeFile(path.join(folder, 'gemm', 'trtllm', '1.3', 'gemm_perf.parquet'), parquetFixture(gemm()));
    await writeFile(path.join(folder, 'gemm', 'collection_meta.yaml'), 'a: b');
    await writeFile(path.join(folder, 'README.txt'), 'Tables, "as measured"\nand, ragged\n');
    await mkdir(path.join(folder, 'empty'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are searched for tables below', async () => {
    const files = await readMeasurementFiles([folder]);
    expect(files.map(({ path: name }) => name)).toEqual(['README.txt', 'gemm/trtllm/1.3/gemm_perf.parquet']);
    const measured = await read(files);
    expect(measured.tables.gemm).toHaveLength(N);
    expect(notes(measured)).toContain('README.txt is left out');
  });

  it('without tables, and missing ones, are refused', async () => {
    await expect(readMeasurementFiles([path.join(folder, 'empty')])).rejects.toMatchObject({ payload: { code: 'bad_input' } });
    await expect(readMeasurementFiles([path.join(folder, 'none')])).rejects.toMatchObject({ payload: { code: 'not_found' } });
  });
});

const published = sharedData('aiconfigurator');

describe.skipIf(published === undefined)(`published tables (${HOW_TO_GET_TABLES})`, () => {
  // costmodel.md 5.3.
  it.each([
    ['h100_sxm', 'h100-sxm', { gemm: 100_668, context: 75_840, generation: 52_033, custom: 69 }],
    ['h200_sxm', 'h200-sxm', { gemm: 100_668, context: 75_837, generation: 52_033, custom: 69 }],
  ])('%s have the counted rows', async (folder, device, counts) => {
    const measured = await read(await readMeasurementFiles([path.join(published ?? '', folder)]));
    expect(measured.source).toMatchObject({ device: { id: device }, backend: 'trtllm', version: '1.3.0rc20' });
    const rows = (part: string): number | undefined => measured.files.find(({ path: name }) => name.startsWith(part))?.rows;
    expect({ gemm: rows('gemm'), context: rows('context'), generation: rows('generation'), custom: rows('custom') }).toEqual(counts);
    expect(new Set(measured.tables.gemm.map(({ m }) => m)).size).toBe(74);
    expect(new Set(measured.tables.gemm.map(({ n }) => n)).size).toBe(22);
    expect(Math.max(...measured.tables.decode.map(({ context }) => context))).toBe(131_072);
    expect(measured.notes.filter(({ severity }) => severity === 'warning')).toEqual([]);
  }, 90_000);

  it('hold the timings that the research names', async () => {
    const { tables } = await read(await readMeasurementFiles([path.join(published ?? '', 'h100_sxm')]));
    // costmodel.md 3.2 and 5.4, microseconds.
    const square = tables.gemm.find(({ format, m, n, k }) => format === 'fp8' && m === 256 && n === 8192 && k === 8192);
    expect((square?.seconds ?? 0) * 1e6).toBeCloseTo(47, 0);
    const cliff = tables.decode.find((row) => row.kvFormat === 'bf16' && row.sequences === 128 && row.context === 1024 && row.heads === 64 && row.kvHeads === 1 && row.headDim === 128);
    expect((cliff?.seconds ?? 0) * 1e6).toBeCloseTo(662, -0.5);
    const message = tables.allReduce.find(({ devices, bytes }) => devices === 8 && bytes === 2 * 2 ** 20);
    expect((message?.seconds ?? 0) * 1e6).toBeCloseTo(36, -0.5);
  }, 90_000);

  it('are refused when cut or damaged inside', async () => {
    const bytes = new Uint8Array(await readFile(path.join(published ?? '', 'h100_sxm', 'gemm_perf.parquet')));
    expect(await refusal([{ path: 'g', bytes: bytes.slice(0, bytes.length / 2) }])).toMatchObject({ hint: expect.stringContaining('damaged') as string });
    const blank = bytes.slice();
    blank.fill(0, 10_000, 20_000);
    expect(await refusal([{ path: 'g', bytes: blank }])).toMatchObject({ code: 'bad_input', details: { file: 'g' } });
  });
});
