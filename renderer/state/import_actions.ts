/** Bringing libraries and architectures in. Failures are told to the user and leave everything as it was. */
import type { CallResult, ImportSource } from '../../engine/protocol/api.ts';
import { WorkbenchError, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import type { Upload } from '../../engine/protocol/sources.ts';
import type { Architecture, ParentModel } from '../../engine/protocol/variant.ts';
import { runActivity, track } from './activity.ts';
import { showDialog } from './dialog_store.ts';
import { changeDocument } from './document_store.ts';
import { engineClient, engineStore } from './engine_store.ts';
import { pickFiles, readFiles, type NamedFile } from './files.ts';
import { switchLibrary } from './library_opener.ts';
import { notify, notifyError } from './notice_store.ts';
import { pinArchitecture } from './pin_actions.ts';
import { isComputed } from './recipe_ids.ts';
import { canBeParent, guessForm, type FormFields } from './recipe_model.ts';
import { refreshLibraries } from './refresh.ts';

/** Architectures are small: anything larger that is no library is not sent again to find that out. */
const MAX_ARCHITECTURE_BYTES = 8 * 1024 * 1024;

/** Imports what was dropped or picked: the files of one library, or one architecture. */
export async function importFiles(files: readonly NamedFile[]): Promise<void> {
  const label = files.length === 1 ? files[0].path : `${files.length} files`;
  await attempt(`${label} could not be imported`, async (client) => {
    const library = await runActivity(`Reading ${label}`, async (signal, onProgress) => {
      const uploads = await readFiles(files);
      try {
        return await client.call('library.import', { source: { kind: 'upload', files: uploads } }, { signal, onProgress });
      } catch (error) {
        const asLibrary = toErrorPayload(error);
        const mayBeArchitecture = uploads.length === 1 && /\.json$/i.test(uploads[0].path) && uploads[0].bytes.length <= MAX_ARCHITECTURE_BYTES;
        if (asLibrary.code !== 'bad_input' || !mayBeArchitecture) throw error;
        const read = await readUpload(client, uploads[0]).catch((other: unknown) => {
          notify(neither(label, asLibrary, toErrorPayload(other)));
          return undefined;
        });
        if (read !== undefined) await adoptModel(read);
        return undefined;
      }
    });
    if (library !== undefined) await adoptImport(client, library);
  });
}

/** What a config.json or a solution file was found to be. */
export type ReadModel =
  | { readonly kind: 'parent'; readonly architecture: Architecture; readonly parent: ParentModel; readonly notes: readonly string[] }
  /** Its layers differ, so that no search can start from it. */
  | { readonly kind: 'architecture'; readonly architecture: Architecture; readonly message: string }
  /** No reader knows it, but it has the fields of a model's configuration. */
  | { readonly kind: 'unread'; readonly message: string; readonly fields: FormFields };

/** Reads a file as a model. @throws WorkbenchError where it is none. */
export async function readConfig(file: NamedFile): Promise<ReadModel> {
  const client = engineClient();
  if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running yet.', { retryable: true });
  const [upload] = await readFiles([file]);
  return track(readUpload(client, upload));
}

async function readUpload(client: RpcClient, upload: Upload): Promise<ReadModel> {
  try {
    const { architecture } = await client.call('architecture.import', { file: upload });
    const message = `${architecture.name} has layers that differ; a search starts from a model whose layers are all the same.`;
    if (!canBeParent(architecture)) return { kind: 'architecture', architecture, message };
    const { parent, notes } = await client.call('model.read', { file: upload });
    return parent === undefined ? { kind: 'architecture', architecture, message } : { kind: 'parent', architecture, parent, notes };
  } catch (error) {
    const payload = toErrorPayload(error);
    const fields = payload.code === 'bad_input' ? guessForm(upload.path, new TextDecoder().decode(upload.bytes)) : undefined;
    if (fields === undefined) throw error;
    return { kind: 'unread', message: payload.message, fields };
  }
}

async function adoptModel(read: ReadModel): Promise<void> {
  switch (read.kind) {
    case 'parent':
      return showDialog({ ...read, kind: 'model-offer' });
    case 'architecture':
      return pinArchitecture(read.architecture, 'imported');
    case 'unread':
      return showDialog({ kind: 'new-recipe', unread: read });
    default:
      return read satisfies never;
  }
}

/** One file that is an architecture: a model's config.json or a solution. */
export async function importArchitecture(): Promise<void> {
  const files = await pickFiles('file');
  if (files === undefined || files.length === 0) return;
  const [file] = files;
  await attempt(`${file.path} could not be imported`, async (client) => {
    const [upload] = await readFiles([file]);
    const { architecture } = await client.call('architecture.import', { file: upload });
    await pinArchitecture(architecture, 'imported');
  });
}

/** The host's dialog where there is one: the engine then reads the path itself; else the browser's. */
export async function openDialog(kind: 'file' | 'folder'): Promise<void> {
  const host = window.workbenchHost;
  if (host === undefined) {
    const files = await pickFiles(kind);
    if (files !== undefined) await importFiles(files);
    return;
  }
  const picked = await host.pickLibrary(kind);
  if (picked !== undefined) await importFrom({ kind: 'granted', handle: picked.handle }, picked.label);
}

export function openRecent(id: string, label: string): Promise<void> {
  return importFrom({ kind: 'recent', id }, label);
}

async function importFrom(source: ImportSource, label: string): Promise<void> {
  await attempt(`${label} could not be imported`, async (client) => {
    const imported = await runActivity(`Reading ${label}`, (signal, onProgress) =>
      client.call('library.import', { source }, { signal, onProgress }),
    );
    await adoptImport(client, imported);
  });
}

async function adoptImport(client: RpcClient, { library, notes }: CallResult<'library.import'>): Promise<void> {
  await refreshLibraries(client);
  await switchLibrary(library.id);
  const warnings = notes.filter((note) => note.severity === 'warning').length;
  notify({
    kind: warnings > 0 ? 'warning' : 'success',
    title: `Opened ${library.name}`,
    text: notes.length === 0 ? undefined : notes.length === 1 ? notes[0].text : `${notes[0].text} And ${notes.length - 1} more: see the library's notes.`,
  });
}

/** The one that is computed for the case of Nemotron-51B. */
export function openSample(): Promise<void> {
  return openListed((id) => isComputed(id));
}

/** The one whose blocks were trained, scored and timed. */
export function openMeasuredSample(): Promise<void> {
  return openListed((id) => !isComputed(id));
}

async function openListed(wanted: (id: string) => boolean): Promise<void> {
  const listed = (): string | undefined => engineStore.getState().libraries.find(({ id, origin }) => origin === 'sample' && wanted(id))?.id;
  // Whoever is quick asks for it before the list of libraries has come.
  if (listed() === undefined) await attempt('The libraries could not be listed', refreshLibraries);
  const id = listed();
  if (id !== undefined) return chooseLibrary(id);
  notify({ kind: 'error', title: 'The sample library is missing from this installation.' });
}

export async function chooseLibrary(id: string): Promise<void> {
  await attempt('The library could not be opened', () => switchLibrary(id));
}

/** Removes a library from the project; the file it was imported from stays where it is. */
export async function removeLibrary(id: string): Promise<void> {
  await attempt('The library could not be removed', async (client) => {
    await client.call('library.remove', { id });
    changeDocument('Remove library', (document) => (document.library_id === id ? { ...document, library_id: undefined } : document));
    await refreshLibraries(client);
  });
}

async function attempt(title: string, work: (client: RpcClient) => Promise<void>): Promise<void> {
  const client = engineClient();
  if (client === undefined) {
    notify({ kind: 'warning', title, text: 'The engine is not running yet; try again in a moment.' });
    return;
  }
  try {
    await track(work(client));
  } catch (error) {
    notifyError(title, error);
  }
}

function neither(label: string, asLibrary: ErrorPayload, asArchitecture: ErrorPayload): Parameters<typeof notify>[0] {
  return {
    kind: 'error',
    title: `${label} is neither a block library nor an architecture`,
    text: `As a library: ${asLibrary.message}\nAs an architecture: ${asArchitecture.message}`,
    hint: asLibrary.hint ?? asArchitecture.hint,
    details: asLibrary.details,
  };
}
