/** What the planner's controls offer. */
import type { Device } from '../../../engine/protocol/hardware.ts';
import { MODEL_GROUPS, type ModelGroup, type PlannerModel } from '../../state/planner_models.ts';
import { CHIP_COUNTS, meshesOf, type Mesh } from '../../state/planner_store.ts';
import { deviceGroups } from '../serving/choices.ts';
import type { OptionGroup } from '../serving/control.tsx';

export const ANY_MESH = 'any';

const GROUP_TITLES: Readonly<Record<ModelGroup, string>> = { screen: 'On screen', pins: 'Pins', paper: 'Pope et al.', presets: 'Presets', project: 'Of this project' };

export function modelGroups(models: readonly PlannerModel[]): readonly OptionGroup[] {
  return MODEL_GROUPS.flatMap((group) => {
    const own = models.filter((model) => model.group === group);
    return own.length === 0 ? [] : [{ title: GROUP_TITLES[group], options: own.map(({ id, name }) => ({ value: id, label: name })) }];
  });
}

/** TPUs first: the layouts are theirs. */
export function plannerDeviceGroups(devices: readonly Device[], chosen: string): readonly OptionGroup[] {
  const groups = deviceGroups(devices, chosen);
  return [...groups.filter(({ title }) => title === 'TPUs'), ...groups.filter(({ title }) => title !== 'TPUs')];
}

export function chipGroups(): readonly OptionGroup[] {
  return [{ title: undefined, options: CHIP_COUNTS.map((chips) => ({ value: String(chips), label: String(chips) })) }];
}

export function meshGroups(chips: number): readonly OptionGroup[] {
  return [{ title: undefined, options: [{ value: ANY_MESH, label: 'Any' }, ...meshesOf(chips).map((mesh) => ({ value: meshId(mesh), label: mesh.join(' × ') }))] }];
}

export function meshId(mesh: Mesh | undefined): string {
  return mesh === undefined ? ANY_MESH : mesh.join('x');
}

export function meshOf(id: string, chips: number): Mesh | undefined {
  return meshesOf(chips).find((mesh) => meshId(mesh) === id);
}
