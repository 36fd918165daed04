import { getKernelsForBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../../protocol/errors.ts';
import { TENSOR_BACKENDS } from '../../protocol/train.ts';
import type { TensorBackend } from '../../protocol/train.ts';
import { openTensorDevice } from './tensor_backends.ts';
import type { DeviceOptions, Ladder } from './tensor_backends.ts';
import { RungUnavailable } from './tensor_rung.ts';
import type { Rung, RungOptions } from './tensor_rung.ts';
import { requireFaster } from './tensor_trial.ts';

/** A ladder on which `works` can be opened and all else fails, with what was asked of it. */
function fakeLadder(works: readonly TensorBackend[], failures: Partial<Record<TensorBackend, Error>> = {}) {
  const asked: (readonly [TensorBackend, RungOptions])[] = [];
  const rung = (backend: TensorBackend) => (options: RungOptions): Promise<Rung> => {
    asked.push([backend, options]);
    if (!works.includes(backend)) return Promise.reject(failures[backend] ?? new RungUnavailable(`${backend} is not here`, `Install ${backend}`));
    return Promise.resolve({ line: `a fake ${backend}`, versions: { fake: '1' }, activate: () => Promise.resolve(), dispose: () => undefined });
  };
  const ladder: Ladder = { tensorflow: rung('tensorflow'), webgpu: rung('webgpu'), wasm_native: rung('wasm_native'), wasm: rung('wasm'), cpu: rung('cpu') };
  return { asked, open: (options: DeviceOptions = {}, environment = {}) => openTensorDevice(options, ladder, environment) };
}

async function failure(opening: Promise<unknown>): Promise<WorkbenchError> {
  const thrown = await opening.then(() => undefined, (error: unknown) => error);
  expect(thrown).toBeInstanceOf(WorkbenchError);
  return thrown as WorkbenchError;
}

describe('the ladder of tensor backends', () => {
  it('takes the first that opens and says of each better one why not, and what would help', async () => {
    const { open, asked } = fakeLadder(['wasm', 'cpu']);
    const { device } = await open({ threads: 3 });
    expect(device).toMatchObject({ backend: 'wasm', line: 'a fake wasm', versions: { tfjs: '4.22.0', fake: '1' } });
    expect(device.skipped).toEqual([
      { backend: 'tensorflow', reason: 'tensorflow is not here. Install tensorflow' },
      { backend: 'webgpu', reason: 'webgpu is not here. Install webgpu' },
      { backend: 'wasm_native', reason: 'wasm_native is not here. Install wasm_native' },
    ]);
    expect(asked.map(([backend]) => backend)).toEqual(TENSOR_BACKENDS.slice(0, 4));
    expect(asked[0]?.[1]).toEqual({ threads: 3, forced: false, fusedKernels: true });
  });

  it('keeps the first line of what a native loader says', async () => {
    const { open } = fakeLadder(['wasm_native', 'wasm', 'cpu'], { tensorflow: new Error('libcudart.so.11: cannot open.\nRequire stack:\n- /a\n- /b') });
    expect((await open()).device.skipped[0]?.reason).toBe('libcudart.so.11: cannot open');
  });

  it('tries the one that is asked for alone, as asked, with one thread unless told', async () => {
    const { open, asked } = fakeLadder(TENSOR_BACKENDS);
    expect((await open({ prefer: 'cpu' })).device).toMatchObject({ backend: 'cpu', skipped: [] });
    expect(asked).toEqual([['cpu', { threads: 1, forced: true, fusedKernels: true }]]);
  });

  it('can be overridden by the environment, and that by the caller', async () => {
    const { open } = fakeLadder(TENSOR_BACKENDS);
    expect((await open({}, { PUZZLE_TENSOR_BACKEND: 'wasm' })).device.backend).toBe('wasm');
    expect((await open({ prefer: 'cpu' }, { PUZZLE_TENSOR_BACKEND: 'wasm' })).device.backend).toBe('cpu');
    expect((await open({}, { PUZZLE_TENSOR_BACKEND: '' })).device.backend).toBe('tensorflow');
  });

  it('refuses what is asked for and cannot be had, with the remedy, rather than taking another', async () => {
    const { open } = fakeLadder(['cpu']);
    const { payload } = await failure(open({ prefer: 'webgpu' }));
    expect(payload).toEqual({ code: 'bad_input', message: 'The tensor backend webgpu cannot be used: webgpu is not here.', hint: 'Install webgpu', retryable: false });
    const fromEnvironment = await failure(open({}, { PUZZLE_TENSOR_BACKEND: 'webgpu' }));
    expect(fromEnvironment.message).toBe('The tensor backend webgpu (asked for by PUZZLE_TENSOR_BACKEND) cannot be used: webgpu is not here.');
  });

  it('names the choices where the environment asks for something unknown', async () => {
    const { payload } = await failure(fakeLadder(TENSOR_BACKENDS).open({}, { PUZZLE_TENSOR_BACKEND: 'cuda' }));
    expect(payload).toMatchObject({ code: 'bad_input', hint: 'It can be tensorflow, webgpu, wasm_native, wasm, cpu, or unset for the best there is.' });
    expect(payload.message).toContain('"cuda"');
  });

  it('gives all reasons where nothing opens', async () => {
    const { payload } = await failure(fakeLadder([]).open());
    expect(payload.code).toBe('internal');
    for (const backend of TENSOR_BACKENDS) expect(payload.message).toContain(`${backend} is not here`);
  });
});

describe('a trial between two backends', () => {
  /** Rungs that note what happens to them, and a probe that answers the given speeds in turn. */
  function trial(...speeds: readonly number[]) {
    const log: string[] = [];
    const rung = (line: string): Rung => ({
      line,
      versions: {},
      activate: () => Promise.resolve(void log.push(`activate ${line}`)),
      dispose: () => void log.push(`dispose ${line}`),
    });
    const left = [...speeds];
    const probe = () => {
      const speed = left.shift();
      return speed === undefined ? Promise.reject(new Error('a shader does not compile')) : Promise.resolve(speed);
    };
    return { log, run: () => requireFaster('The GPU', rung('webgpu'), () => Promise.resolve(rung('wasm + native')), probe) };
  }

  it('keeps the faster candidate, current again', async () => {
    const { log, run } = trial(900, 80);
    await run();
    expect(log).toEqual(['dispose wasm + native', 'activate webgpu']);
  });

  it('closes a slower or equal candidate and says by how much it lost', async () => {
    const { log, run } = trial(40.4, 79.6);
    await expect(run()).rejects.toThrow('The GPU reached 40 GFLOP/s in a short trial, wasm + native 80');
    expect(log).toEqual(['dispose wasm + native', 'dispose webgpu']);
    await expect(trial(80, 80).run()).rejects.toThrow(RungUnavailable);
  });

  it('closes a candidate that fails in the trial', async () => {
    const { log, run } = trial();
    await expect(run()).rejects.toThrow('shader');
    expect(log).toEqual(['dispose webgpu']);
  });
});

describe('on this machine', () => {
  it('every rung that needs nothing but npm opens, and the native one is taken where it loads', async () => {
    const opened = await Promise.allSettled((['wasm', 'cpu'] as const).map((prefer) => openTensorDevice({ prefer })));
    expect(opened.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    const { device, dispose } = await openTensorDevice({}, undefined, {});
    dispose();
    const better = device.skipped.map(({ backend }) => backend);
    expect([...better, device.backend]).toEqual(TENSOR_BACKENDS.slice(0, better.length + 1));
    for (const { reason } of device.skipped) expect(reason).not.toMatch(/undefined|\n/);
  });

  it('our own kernels are left out where asked, and switching between devices switches them', async () => {
    const own = () => getKernelsForBackend('wasm').length;
    const stock = await openTensorDevice({ prefer: 'wasm', fusedKernels: false });
    expect(stock.device).toMatchObject({ line: 'wasm, without fused kernels', versions: { tfjs: '4.22.0' } });
    const without = own();
    const fused = await openTensorDevice({ prefer: 'wasm' });
    const withOwn = own();
    // Running from sources, they are those of the last build and may be absent or stale; the device says so.
    expect(withOwn > without).toBe(fused.device.line === 'wasm');
    expect(fused.device.versions['kernels'] !== undefined).toBe(fused.device.line === 'wasm');
    await stock.activate();
    expect(own()).toBe(without);
    await fused.activate();
    expect(own()).toBe(withOwn);
  });
});
