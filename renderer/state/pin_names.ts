/** Names of pins, which tell them apart in menus. */
import type { ProjectDocument } from '../../engine/protocol/workspace.ts';

/** `name`, or with the first number behind it that no pin has. */
export function unusedName(name: string, { pins }: Pick<ProjectDocument, 'pins'>): string {
  const used = new Set(pins.map((pin) => pin.name));
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name} #${n}`;
    if (!used.has(candidate)) return candidate;
  }
}
