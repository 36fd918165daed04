/**
 * Keeps tensor work inside the wasm heap, which ends at 4 GiB: work states its peak before it starts and is refused where
 * that is too much, and running out anyway gives a sentence with a way out, in place of wasm's "memory access out of bounds".
 */
import { backend as currentBackend, memory } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { WorkbenchError } from '../../protocol/errors.ts';
import { moduleOf, wasmHeapOf } from './wasm_heap.ts';

const GIB = 2 ** 30;

/** Where a wasm heap ends. */
const END_BYTES = 4 * GIB;

/** What a job may plan to use: the heap's 4 GiB less what fragmentation and the kernels' own buffers take. */
const PLANNED_LIMIT_BYTES = 3.2 * GIB;

const REMEDY = 'Use a smaller batch, shorter sequences or fewer variants at once, or a backend with its own memory (tensorflow or webgpu).';

export interface MemoryUse {
  readonly tensors: number;
  /** Of live tensors. */
  readonly tensorBytes: number;
  /** What the wasm heap has grown to; it never shrinks. Undefined on other backends. */
  readonly heapBytes: number | undefined;
}

export function memoryUse(): MemoryUse {
  const { numTensors, numBytes } = memory();
  return { tensors: numTensors, tensorBytes: numBytes, heapBytes: wasmHeapOf(currentBackend())?.size() };
}

/**
 * Refuses work whose estimated peak (tensors alive now included) is above what the heap holds; backends with their own
 * memory refuse nothing. `what` begins the sentence, such as `A BLD step of layer 3 with 12 variants`.
 * @throws WorkbenchError `too_large`
 */
export function requireMemory(what: string, peakBytes: number, remedy: string = REMEDY): void {
  if (wasmHeapOf(currentBackend()) === undefined || peakBytes <= PLANNED_LIMIT_BYTES) return;
  throw new WorkbenchError('too_large', `${what} needs about ${gib(peakBytes)} GiB; on the wasm backend there are ${gib(PLANNED_LIMIT_BYTES)} GiB.`, {
    hint: remedy,
    details: { expected: `at most ${gib(PLANNED_LIMIT_BYTES)} GiB`, found: `${gib(peakBytes)} GiB` },
  });
}

/** Whether a peak of so many bytes would be accepted, for choosing group sizes. */
export function fitsMemory(peakBytes: number): boolean {
  return wasmHeapOf(currentBackend()) === undefined || peakBytes <= PLANNED_LIMIT_BYTES;
}

/** `thrown` itself, or what it means where it says that the heap is full. */
export function translateMemoryError(what: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof WorkbenchError) return thrown;
  const full = /memory access out of bounds|cannot enlarge memory|Array buffer allocation failed|out of memory/i.test(thrown.message);
  // tfjs's products end like this where their own buffers find no room.
  const aborted = thrown.message.startsWith('Aborted(') && (memoryUse().heapBytes ?? 0) > PLANNED_LIMIT_BYTES;
  return full || aborted ? outOfMemory(what, thrown) : thrown;
}

/** Makes allocations that the heap cannot hold throw instead of answering address 0. */
export function guardAllocations(backend: BackendWasm): void {
  const module = moduleOf(backend);
  // Emscripten's function replaces itself by the exported one on its first call; that must not undo ours.
  module._free(module._malloc(8));
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    // Above what an address can be, wasm would take the rest of a division for the size.
    const address = bytes < END_BYTES ? allocate(bytes) >>> 0 : 0;
    if (address === 0 && bytes > 0) throw outOfMemory(`A tensor of ${gib(bytes)} GiB`, undefined);
    return address;
  };
}

/**
 * Throws where `said`, a warning of tfjs's wasm module, is that XNNPACK found no room for its copy of an operand: nothing else
 * tells, and the product is whatever lay in its place before.
 */
export function refuseUnwrittenProduct(said: unknown): void {
  if (/^XNN status .* Got status 6\b/.test(String(said))) throw outOfMemory('An operand of a matrix product', undefined);
}

function outOfMemory(what: string, cause: Error | undefined): WorkbenchError {
  const { tensors, tensorBytes, heapBytes } = memoryUse();
  const heap = heapBytes === undefined ? '' : ` of a heap of ${gib(heapBytes)} GiB`;
  const found = `${tensors} tensors with ${gib(tensorBytes)} GiB${heap} in use${cause === undefined ? '' : ` (${cause.message})`}`;
  return new WorkbenchError('too_large', `${what} did not fit in the tensor backend's memory: ${found}.`, { hint: REMEDY, details: { found } });
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(bytes < 0.1 * GIB ? 4 : 2);
}
