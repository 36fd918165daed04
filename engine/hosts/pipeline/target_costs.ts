/** What the blocks of a run would take on the device they are meant for, by the cost model: beside what was measured here. */
import { provenanceOf } from '../../cost/band.ts';
import { Model } from '../../cost/model.ts';
import type { Hardware } from '../../hardware/calibrations.ts';
import { scenarioCosts } from '../../library/generate/scenario.ts';
import { deploymentSchema } from '../../protocol/cost.ts';
import type { Measurement, Provenance } from '../../protocol/library.ts';
import type { Plan } from '../../protocol/train.ts';
import { attentionId, ffnId, type Architecture } from '../../protocol/variant.ts';

export interface TargetCosts {
  readonly measurement: Measurement;
  readonly provenance: Provenance;
  /** Milliseconds of one sequence in the steady state, by sub-block id. */
  readonly attention: Readonly<Record<string, number>>;
  readonly ffn: Readonly<Record<string, number>>;
  readonly outside: number;
}

/** Every device the cost model knows computes in this format. */
const FORMAT = 'bf16';

/** @throws WorkbenchError `bad_input` for an unknown device. */
export function targetCosts(plan: Plan, parent: Architecture, hardware: Hardware): TargetCosts {
  const { batch, isl, osl } = plan.measure;
  const deployment = deploymentSchema.parse({ device: plan.target_device, weights: FORMAT, activations: FORMAT, kv: FORMAT });
  const model = new Model(parent, deployment, hardware);
  const { attentions, ffns } = plan.space;
  const { runtime } = scenarioCosts(model, { attentions, ffns, blocks: [] }, { batch, isl, osl });
  const { kind, source } = provenanceOf(model);
  return {
    measurement: {
      id: `${plan.target_device}-${FORMAT}-b${batch}`,
      device: model.kernels.device.id,
      dtypes: { weights: FORMAT, activations: FORMAT, kv: FORMAT },
      tp: 1,
      batch,
      isl,
      osl,
      batching: 'in_flight',
      tokens_counted: 'total',
    },
    provenance: { kind: 'estimated', source: `computed for the steady state of in-flight batching (${kind}: ${source})` },
    attention: Object.fromEntries(attentions.map((attention, index) => [attentionId(attention), runtime.attention[index]])),
    ffn: Object.fromEntries(ffns.map((ffn, index) => [ffnId(ffn), runtime.ffn[index]])),
    outside: runtime.outside,
  };
}
