/** Giving architectures, tables and pictures out as files, each with where it came from inside. */
import type { Child, ExportFormat } from '../../engine/protocol/api.ts';
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import { visibleLayerTable } from '../panels/layer_table/visible_table.ts';
import { exportImage } from '../plots/image_export.ts';
import { track } from './activity.ts';
import { childOfPin } from './children.ts';
import { documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary } from './engine_store.ts';
import { saveFile } from './files.ts';
import { notify, notifyError } from './notice_store.ts';
import { shownSolution, solveStore } from './solve_store.ts';

export type ExportKind = ExportFormat | 'map-png' | 'map-svg' | 'frontier-png' | 'frontier-svg';

export interface ExportFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The architecture named by `current`, `parent` or a pin's id, as the engine takes it.
 * @throws WorkbenchError `not_found` where there is none.
 */
export async function childOf(id: string): Promise<{ readonly name: string; readonly child: Child }> {
  const { document } = documentStore.getState();
  const library = openLibrary(engineStore.getState());
  if (id === 'current' || id === 'parent') {
    const choices = id === 'parent' ? library?.parentChoices : shownSolution(solveStore.getState())?.choices;
    if (library === undefined || choices === undefined) throw new WorkbenchError('not_found', 'There is no solution on screen.');
    const parent = library.view.header.parent.name;
    return {
      name: id === 'parent' ? parent : `${parent} child`,
      child: { kind: 'in_library', library_id: library.view.id, choices: [...choices] },
    };
  }
  const pin = document.pins.find((candidate) => candidate.id === id);
  const client = engineClient();
  if (pin === undefined || client === undefined) throw new WorkbenchError('not_found', 'That pin is gone.');
  if (pin.kind === 'external') return { name: pin.name, child: { kind: 'external', architecture: pin.architecture } };
  const view = library?.view.id === pin.library_id ? library.view : await client.call('library.view', { id: pin.library_id });
  const child = childOfPin(pin, view);
  if (child === undefined) throw new WorkbenchError('not_found', `The library of "${pin.name}" no longer has all of its blocks.`);
  return { name: pin.name, child };
}

/** Makes the file; nothing is saved yet. */
export async function makeExport(id: string, kind: ExportKind): Promise<ExportFile> {
  switch (kind) {
    case 'map-png':
    case 'map-svg':
    case 'frontier-png':
    case 'frontier-svg': {
      const [what, format] = kind.split('-') as ['map' | 'frontier', 'png' | 'svg'];
      const { name, bytes } = await exportImage(what, format);
      return { name, mediaType: format === 'png' ? 'image/png' : 'image/svg+xml', bytes: new Uint8Array(bytes) };
    }
    default: {
      const client = engineClient();
      if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running.', { retryable: true });
      const { name, child } = await childOf(id);
      const problem = id === 'current' ? solveStore.getState().answer?.problem : undefined;
      const file = await client.call('child.export', {
        name,
        child,
        format: kind,
        ...(problem === undefined ? {} : { problem }),
        ...(kind === 'csv' ? { table: visibleLayerTable() } : {}),
      });
      return { name: file.file_name, mediaType: file.media_type, bytes: new Uint8Array(file.bytes) };
    }
  }
}

/** Makes the file and saves or downloads it; failures are told to the user. */
export async function exportChild(id: string, kind: ExportKind): Promise<void> {
  try {
    const file = await track(makeExport(id, kind));
    const saved = await saveFile(file.name, file.mediaType, file.bytes);
    if (saved !== undefined) notify({ kind: 'success', title: `Saved ${saved}` });
  } catch (error) {
    notifyError('The export failed', error);
  }
}

/** Puts the address of this view onto the clipboard. */
export async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    notify({ kind: 'success', title: 'Link copied', text: 'It opens this view in this window or after a reload.' });
  } catch (error) {
    notifyError('The link could not be copied', error);
  }
}
