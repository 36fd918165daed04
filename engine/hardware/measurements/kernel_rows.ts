/** Measured kernel times, whatever file they came from: one row is one timing of one call on one device. */
import type { Format } from '../../protocol/hardware.ts';

/** What a row's file says about where it was measured; shared by all its rows that say the same. */
export interface Origin {
  readonly file: string;
  /** Column that held the time, for messages. */
  readonly timeColumn: string;
  /** Device id, or the file's own spelling of a device we do not know. */
  readonly device: string | undefined;
  /** Serving program in small letters, such as `trtllm`. */
  readonly backend: string | undefined;
  readonly version: string | undefined;
}

interface Timing {
  readonly seconds: number;
  readonly origin: Origin;
  /** In the file, from 1, without its header. */
  readonly row: number;
}

/** m x k activations times k x n weights, both in `format`. */
export interface GemmRow extends Timing {
  readonly format: Format;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

interface AttentionRow extends Timing {
  readonly kvFormat: Format;
  /** Format that the attention itself is computed in, as spelled in the file; empty where it does not say. */
  readonly computed: string;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** One token each for `sequences` sequences; `context` counts the cached tokens and the new one. */
export interface DecodeRow extends AttentionRow {
  readonly sequences: number;
  readonly context: number;
}

/** `tokens` prompt tokens in all. A chunk after `past` tokens counts as a prompt of 2 past + its own tokens. */
export interface PrefillRow extends AttentionRow {
  readonly tokens: number;
  readonly prompt: number;
}

export interface AllReduceRow extends Timing {
  readonly devices: number;
  readonly bytes: number;
  /** Of the plain collectives library, not of a serving program's own kernel. */
  readonly plain: boolean;
}

export interface KernelTables {
  readonly gemm: readonly GemmRow[];
  readonly decode: readonly DecodeRow[];
  readonly prefill: readonly PrefillRow[];
  readonly allReduce: readonly AllReduceRow[];
}

/** Where readers put their rows. */
export interface Collected {
  readonly gemm: GemmRow[];
  readonly decode: DecodeRow[];
  readonly prefill: PrefillRow[];
  readonly allReduce: AllReduceRow[];
  readonly notes: MeasurementNote[];
}

/** Something the user should know about what was read or fitted. */
export interface MeasurementNote {
  readonly severity: 'info' | 'warning';
  readonly text: string;
}
