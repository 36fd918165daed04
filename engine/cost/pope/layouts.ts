/**
 * All ways to lay a model out over chips (arXiv 2211.05102, section 3): a mesh X x Y x Z, an FFN layout and a division
 * of attention. Weights are stored E_x F_yz under every layout, so that prefill and decode may differ without moving
 * them (the paper's storage trick).
 */
import { WorkbenchError } from '../../protocol/errors.ts';
import type { AttentionLayout, FfnLayout, PlanLayout } from '../../protocol/plan.ts';
import { bestMeshX, divisors } from './closed_forms.ts';
import type { PlannedModel } from './planned_model.ts';

export interface Mesh {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export interface Layout {
  readonly ffn: FfnLayout;
  readonly mesh: Mesh;
  /** Chips over which weights are collected; 1 where they stay. Divides the batch as many ways. */
  readonly gathered: number;
  readonly attention: AttentionLayout;
  readonly headWays: number;
  readonly batchWays: number;
}

export function chipsOf({ x, y, z }: Mesh): number {
  return x * y * z;
}

/** What the model's shape has to say about layouts. */
type Shape = Pick<PlannedModel, 'hidden' | 'ffn' | 'kvHeads'>;

/**
 * Every layout that differs in cost. On a given mesh: stationary over one and two dimensions, and gathered over X, XY
 * and XYZ. On any mesh: each X of the stationary layouts, and each number of chips to gather over; the axes are then
 * named from the X that the stationary layout stores the weights with.
 * @throws WorkbenchError where the mesh does not hold the chips.
 */
export function layoutsFor(chips: number, model: Shape, mesh?: Mesh): readonly Layout[] {
  if (mesh !== undefined && chipsOf(mesh) !== chips) {
    throw new WorkbenchError('bad_input', `A mesh of ${mesh.x} x ${mesh.y} x ${mesh.z} has ${chipsOf(mesh)} chips, not ${chips}.`, {
      hint: 'Give a mesh whose product is the number of chips, or none.',
      details: { path: 'mesh', expected: `a product of ${chips}`, found: String(chipsOf(mesh)) },
    });
  }
  return ffnLayouts(chips, model, mesh).flatMap((layout) => attentionDivisions(chips, layout.gathered, model).map((attention) => ({ ...layout, ...attention })));
}

export function toPlanLayout(layout: Layout): PlanLayout {
  return {
    ffn: layout.ffn,
    mesh: layout.mesh,
    gathered_chips: layout.gathered,
    attention: layout.attention,
    head_ways: layout.headWays,
    batch_ways: layout.batchWays,
  };
}

type FfnPart = Pick<Layout, 'ffn' | 'mesh' | 'gathered'>;

function ffnLayouts(chips: number, model: Shape, fixed: Mesh | undefined): readonly FfnPart[] {
  if (fixed !== undefined) {
    const parts: FfnPart[] = [
      { ffn: 'ws_1d', mesh: { x: 1, ...squarest(chips) }, gathered: 1 },
      { ffn: 'ws_2d', mesh: fixed, gathered: 1 },
      { ffn: 'wg_x', mesh: fixed, gathered: fixed.x },
      { ffn: 'wg_xy', mesh: fixed, gathered: fixed.x * fixed.y },
      { ffn: 'wg_xyz', mesh: fixed, gathered: chips },
    ];
    const seen = new Set<string>();
    return parts.filter((part) => {
      const key = part.gathered === 1 ? `stationary ${part.mesh.x}` : String(part.gathered);
      const known = seen.has(key) || (part.ffn.startsWith('wg') && part.gathered === 1);
      seen.add(key);
      return !known;
    });
  }
  const storedX = bestMeshX(chips, { hidden: model.hidden, ffn: Math.max(1, model.ffn) });
  const parts = divisors(chips).map((x): FfnPart => ({ ffn: x === 1 ? 'ws_1d' : 'ws_2d', mesh: { x, ...squarest(chips / x) }, gathered: 1 }));
  return [...parts, ...divisors(chips).filter((gathered) => gathered > 1).map((gathered) => gatheredPart(chips, gathered, storedX))];
}

function gatheredPart(chips: number, gathered: number, storedX: number): FfnPart {
  if (gathered === chips) return { ffn: 'wg_xyz', mesh: { x: storedX, ...squarest(chips / storedX) }, gathered };
  return storedX > 1 && storedX < gathered && gathered % storedX === 0
    ? { ffn: 'wg_xy', mesh: { x: storedX, y: gathered / storedX, z: chips / gathered }, gathered }
    : { ffn: 'wg_x', mesh: { x: gathered, ...squarest(chips / gathered) }, gathered };
}

/**
 * By heads over the chips that do not hold sequences of their own; by sequences over all chips; or KV heads on one
 * axis and sequences on the other, as far as there are KV heads.
 */
function attentionDivisions(chips: number, gathered: number, model: Shape): readonly Pick<Layout, 'attention' | 'headWays' | 'batchWays'>[] {
  const rest = chips / gathered;
  if (rest === 1) return [{ attention: chips === 1 ? 'heads' : 'batch', headWays: 1, batchWays: chips }];
  const grouped = divisors(rest).filter((headWays) => headWays > 1 && headWays < rest && headWays <= model.kvHeads);
  return [
    { attention: 'heads', headWays: rest, batchWays: gathered },
    ...grouped.map((headWays) => ({ attention: 'grouped' as const, headWays, batchWays: chips / headWays })),
    { attention: 'batch', headWays: 1, batchWays: chips },
  ];
}

function squarest(chips: number): { readonly y: number; readonly z: number } {
  const y = divisors(chips).findLast((candidate) => candidate * candidate <= chips) ?? 1;
  return { y, z: chips / y };
}
