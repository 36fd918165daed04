/** When the page has nothing left to do: no call, solve, sweep or save on its way, and everything painted. */
import { activityStore } from './activity.ts';
import { documentStore } from './document_store.ts';
import { engineStore } from './engine_store.ts';
import { isExplaining } from './explain_controller.ts';
import { restStore } from './rest.ts';
import { isContouring } from './contour_controller.ts';
import { isSolving } from './solve_controller.ts';
import { isSweeping } from './sweep_controller.ts';

/** Two frames in which nothing starts: effects of the last change have run and are on screen. */
const QUIET_FRAMES = 2;

export async function whenIdle(): Promise<void> {
  await untilQuiet(isBusy);
}

/** When, besides, everything is known about why the child is what it is: a hundred solves, which nothing else waits for. */
export async function whenExplained(): Promise<void> {
  await untilQuiet(() => isBusy() || isExplaining());
}

async function untilQuiet(busy: () => boolean): Promise<void> {
  let quiet = 0;
  while (quiet < QUIET_FRAMES) {
    // oxlint-disable-next-line no-await-in-loop -- one frame after another is the point
    await new Promise((resolve) => requestAnimationFrame(resolve));
    // oxlint-disable-next-line no-await-in-loop -- lets messages that have arrived be handled
    await new Promise((resolve) => setTimeout(resolve));
    quiet = busy() ? 0 : quiet + 1;
  }
}

function isBusy(): boolean {
  const { connection, library } = engineStore.getState();
  if (connection.kind === 'refused') return false;
  const { document, loaded, saving } = documentStore.getState();
  if (connection.kind === 'connecting' || !loaded || saving === 'pending') return true;
  if (library.kind === 'loading' || (library.kind === 'none' && document.library_id !== undefined)) return true;
  if (!restStore.getState().resting || isSolving() || isSweeping() || isContouring()) return true;
  return activityStore.getState().activities.length > 0;
}
