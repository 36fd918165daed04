/** Where the window was, checked against the displays that are there now, in density-independent pixels. */
import { z } from 'zod';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const pixels = z.number().int().min(-100_000).max(100_000);
export const windowStateSchema = z.object({
  x: pixels,
  y: pixels,
  width: pixels.positive(),
  height: pixels.positive(),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof windowStateSchema>;

export const MINIMUM_SIZE = { width: 900, height: 600 } as const;
const DEFAULT_SIZE = { width: 1440, height: 900 } as const;
/** A window is where it was only if this much of it can still be seen and grabbed. */
const MINIMUM_VISIBLE = 120;

/**
 * The window's place at start. `workAreas` are those of the displays, the primary one first. A saved window that is off
 * every display, or none, is centred on the primary one; one larger than its display is cut to it.
 */
export function placeWindow(saved: WindowState | undefined, workAreas: readonly Rectangle[]): WindowState {
  const home = saved === undefined ? undefined : workAreas.find((area) => isVisibleOn(saved, area));
  if (saved !== undefined && home !== undefined) {
    const width = clamp(saved.width, MINIMUM_SIZE.width, home.width);
    const height = clamp(saved.height, MINIMUM_SIZE.height, home.height);
    return {
      x: clamp(saved.x, home.x, home.x + home.width - width),
      y: clamp(saved.y, home.y, home.y + home.height - height),
      width,
      height,
      maximized: saved.maximized,
    };
  }
  const area = workAreas[0] ?? { x: 0, y: 0, ...DEFAULT_SIZE };
  const width = Math.min(DEFAULT_SIZE.width, area.width);
  const height = Math.min(DEFAULT_SIZE.height, area.height);
  return {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
    maximized: saved?.maximized ?? false,
  };
}

function isVisibleOn(window: Rectangle, area: Rectangle): boolean {
  const wide = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const high = Math.min(window.y + window.height, area.y + area.height) - Math.max(window.y, area.y);
  return wide >= MINIMUM_VISIBLE && high >= MINIMUM_VISIBLE;
}

/** `high` wins over `low`: on a display smaller than the smallest window, better cut than unreachable. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
