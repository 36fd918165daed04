/** Files of kernel timings from the user's disk: by the desktop's dialog where there is one, else the browser's. */
import type { ImportSource } from '../../../engine/protocol/sources.ts';
import { pickFiles, readFiles } from '../../state/files.ts';

const TIMINGS = /\.(parquet|csv|json|txt)$/i;

/** Undefined where the user closed the dialog. */
export async function pickTimings(kind: 'file' | 'folder'): Promise<{ readonly source: ImportSource; readonly label: string } | undefined> {
  const host = window.workbenchHost;
  if (host !== undefined) {
    const picked = await host.pickLibrary(kind);
    return picked === undefined ? undefined : { source: { kind: 'granted', handle: picked.handle }, label: picked.label };
  }
  const files = await pickFiles(kind, TIMINGS);
  if (files === undefined) return undefined;
  const label = files.length === 1 ? files[0].path : (files[0]?.path.split('/')[0] ?? 'nothing');
  return { source: { kind: 'upload', files: await readFiles(files) }, label: files.length > 1 && kind === 'file' ? `${files.length} files` : label };
}
