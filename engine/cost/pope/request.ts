/** A plan by names: model presets and device ids resolved, then planned. */
import { presetArchitecture, presetIds } from '../../architecture/presets.ts';
import { BUILT_IN, type Hardware } from '../../hardware/calibrations.ts';
import { deviceId } from '../../hardware/devices.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import { planRequestSchema, type PlanRequestInput, type PlanResult } from '../../protocol/plan.ts';
import type { Architecture } from '../../protocol/variant.ts';
import { palmIds, palmModel, plannedModel, type PlannedModel } from './planned_model.ts';
import { plan } from './planner.ts';

/**
 * @throws WorkbenchError `not_found` for an unknown model or device, `bad_input` for what `plan` refuses.
 */
export function planFor(request: PlanRequestInput, hardware: Hardware = BUILT_IN): PlanResult {
  const { model, device: name, ...settings } = planRequestSchema.parse(request);
  const device = hardware.devices.find(({ id }) => id === name) ?? hardware.devices.find(({ id }) => id === deviceId(name));
  if (device === undefined) {
    throw new WorkbenchError('not_found', `There is no device "${name}".`, { hint: `There are ${hardware.devices.map(({ id }) => id).join(', ')}.` });
  }
  return plan({ ...settings, device, model: resolveModel(model), known: hardware });
}

export function resolveModel(model: string | Architecture): PlannedModel {
  if (typeof model !== 'string') return plannedModel(model);
  const architecture = presetArchitecture(model);
  const found = architecture === undefined ? palmModel(model) : plannedModel(architecture);
  if (found === undefined) throw new WorkbenchError('not_found', `There is no model "${model}".`, { hint: `There are ${modelIds().join(', ')}.` });
  return found;
}

export function modelIds(): readonly string[] {
  return [...presetIds(), ...palmIds()];
}
