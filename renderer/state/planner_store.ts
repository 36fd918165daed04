/** What the layout planner is asked for and what of its answer is looked at: neither undoable nor shared in the address. */
import { createStore } from 'zustand/vanilla';
import type { Format } from '../../engine/protocol/hardware.ts';
import type { Overlap, Phase, PlanRequestInput, Terms } from '../../engine/protocol/plan.ts';
import type { PlannerModel } from './planner_models.ts';

/** Sequences together that are compared; PaLM's own sweep ends at 1,024 (arXiv 2211.05102, figure 1). */
export const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const;

export const MOST_CHIPS = 256;
export const CHIP_COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, MOST_CHIPS] as const;

/** Chips along X, Y and Z. */
export type Mesh = readonly [number, number, number];

export interface PlannerSettings {
  /** Id of a `PlannerModel`. */
  readonly model: string;
  readonly device: string;
  readonly chips: number;
  /** All ways to arrange the chips where undefined. */
  readonly mesh: Mesh | undefined;
  /** Tokens per sequence: prompt, generated, and cached before the prompt. */
  readonly isl: number;
  readonly osl: number;
  readonly cached: number;
  readonly weights: Format;
  readonly activations: Format;
  readonly kv: Format;
  readonly terms: Terms;
  readonly overlap: Overlap;
}

export interface PlannerView {
  readonly settings: PlannerSettings;
  /** Phase and batch whose layouts are compared in the table. */
  readonly phase: Phase;
  readonly batch: number;
  /** Half and double the chips are drawn too. */
  readonly otherChips: boolean;
}

/** The device that the planner's band was compared with measurements on, with the paper's prompt. */
export const DEFAULT_SETTINGS: PlannerSettings = {
  model: 'current',
  device: 'tpu-v4',
  chips: 16,
  mesh: undefined,
  isl: 2048,
  osl: 64,
  cached: 0,
  weights: 'bf16',
  activations: 'bf16',
  kv: 'bf16',
  terms: 'detailed',
  overlap: 'none',
};

export const plannerStore = createStore<PlannerView>(() => ({ settings: DEFAULT_SETTINGS, phase: 'decode', batch: 64, otherChips: false }));

/** Another number of chips has other meshes. */
export function changePlanner(change: Partial<PlannerSettings>): void {
  plannerStore.setState(({ settings }) => {
    const next = { ...settings, ...change };
    return { settings: next.mesh !== undefined && product(next.mesh) !== next.chips ? { ...next, mesh: undefined } : next };
  });
}

export function selectPoint(phase: Phase, batch: number): void {
  plannerStore.setState({ phase, batch });
}

/** One phase of a plan: both together keep the engine from other answers twice as long. */
export function planRequest(settings: PlannerSettings, { model }: Pick<PlannerModel, 'model'>, phase: Phase): PlanRequestInput {
  const { device, chips, mesh, isl, osl, cached, weights, activations, kv, terms, overlap } = settings;
  return {
    model,
    device,
    chips,
    ...(mesh === undefined ? {} : { mesh: [...mesh] }),
    phases: [phase],
    batches: [...BATCHES],
    isl,
    osl,
    cached_tokens: cached,
    formats: { weights, activations, kv },
    terms,
    overlap,
  };
}

/** Ordered arrangements of a number of chips, the most cubic first: X is not like Y and Z, which share a dimension of the weights. */
export function meshesOf(chips: number): readonly Mesh[] {
  const sides = Array.from({ length: chips }, (_, i) => i + 1).filter((side) => chips % side === 0);
  const all = sides.flatMap((x) => sides.filter((y) => (chips / x) % y === 0).map((y): Mesh => [x, y, chips / x / y]));
  return all.toSorted((a, b) => spread(a) - spread(b) || a[0] - b[0] || a[1] - b[1]);
}

/** Longest side over shortest. */
function spread(mesh: Mesh): number {
  return Math.max(...mesh) / Math.min(...mesh);
}

function product([x, y, z]: Mesh): number {
  return x * y * z;
}
