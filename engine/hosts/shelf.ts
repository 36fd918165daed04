/**
 * The libraries a session can use: the built-in samples, those stored in the project, and any that a recipe id describes.
 * Reading and checking happens in the import worker; what was read stays in memory, and so do the last few generated ones.
 */
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { importInWorker, type ImportTask } from '../library/import_in_worker.ts';
import { MEASURED_SAMPLE_ID, measuredSample } from '../library/measured_sample.ts';
import { SAMPLE_ID, sampleView } from '../library/sample.ts';
import { fromView, summaryOf, toView } from '../library/view.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { Library, LibrarySummary, LibraryView } from '../protocol/library.ts';
import { isRecipeId } from '../protocol/recipe.ts';
import type { Project } from '../workspace/project.ts';
import type { Rack } from './rack.ts';
import { viewOfRecipe } from './recipes.ts';

/** Generated libraries kept; making one again takes milliseconds. */
const GENERATED_KEPT = 8;

interface Shelved {
  readonly view: LibraryView;
  readonly summary: LibrarySummary;
}

export class Shelf {
  readonly #project: Project;
  readonly #createImportWorker: (options: WorkerOptions) => Worker;
  readonly #rack: Rack;
  readonly #loaded = new Map<string, Promise<Shelved>>();
  readonly #generated = new Map<string, Shelved>();

  constructor(project: Project, rack: Rack, createImportWorker: (options: WorkerOptions) => Worker) {
    this.#project = project;
    this.#rack = rack;
    this.#createImportWorker = createImportWorker;
  }

  /** The samples and every readable library of the project; unreadable ones are reported when they are opened. */
  async list(): Promise<LibrarySummary[]> {
    // What was imported while the project could only be read is nowhere but in memory.
    const ids = new Set([SAMPLE_ID, MEASURED_SAMPLE_ID, ...(await this.#project.libraryFiles()).keys(), ...this.#loaded.keys()]);
    const settled = await Promise.allSettled([...ids].map((id) => this.#shelved(id)));
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value.summary] : []));
  }

  async view(id: string): Promise<LibraryView> {
    return (await this.#shelved(id)).view;
  }

  async library(id: string): Promise<Library> {
    return fromView((await this.#shelved(id)).view);
  }

  /**
   * Reads a library and stores it in the project. Nothing is stored unless all of it was understood.
   * @throws WorkbenchError `bad_input` or `too_large` naming file and place.
   */
  async import(source: ImportTask, signal: AbortSignal): Promise<{ summary: LibrarySummary; library: Library }> {
    const { library, content, id } = await importInWorker({ createWorker: this.#createImportWorker, source, signal });
    if (this.#project.writable) await this.#project.writeLibrary(id, content);
    const shelved = shelve(toView(id, library), 'project');
    this.#loaded.set(id, Promise.resolve(shelved));
    return { summary: shelved.summary, library };
  }

  async remove(id: string): Promise<void> {
    if (id === SAMPLE_ID || id === MEASURED_SAMPLE_ID) throw new WorkbenchError('bad_input', 'A sample library is part of the product and cannot be removed.');
    await this.#project.removeLibrary(id);
    this.#loaded.delete(id);
  }

  /** Devices, calibrations or parents changed: what was computed from them is computed again. */
  hardwareChanged(): void {
    this.#generated.clear();
  }

  async #generate(id: string): Promise<Shelved> {
    const kept = this.#generated.get(id);
    if (kept !== undefined) return kept;
    const made = shelve(await viewOfRecipe(id, this.#rack, (donor) => this.view(donor)), 'generated');
    this.#generated.set(id, made);
    const [oldest] = this.#generated.keys();
    if (this.#generated.size > GENERATED_KEPT && oldest !== undefined) this.#generated.delete(oldest);
    return made;
  }

  #shelved(id: string): Promise<Shelved> {
    if (isRecipeId(id)) return this.#generate(id);
    const known = this.#loaded.get(id);
    if (known !== undefined) return known;
    const loading = this.#load(id);
    this.#loaded.set(id, loading);
    // A failure must not stick: the file may be put right.
    loading.catch(() => this.#loaded.delete(id));
    return loading;
  }

  async #load(id: string): Promise<Shelved> {
    if (id === SAMPLE_ID) return shelve(sampleView(), 'sample');
    if (id === MEASURED_SAMPLE_ID) return shelve(toView(id, await measuredSample()), 'sample');
    const file = (await this.#project.libraryFiles()).get(id);
    if (file === undefined) {
      throw new WorkbenchError('not_found', `This project has no library "${id}".`, {
        hint: 'Open its file again; it may have been moved or removed.',
      });
    }
    const { library } = await importInWorker({ createWorker: this.#createImportWorker, source: { path: file } });
    return shelve(toView(id, library), 'project');
  }
}

function shelve(view: LibraryView, origin: LibrarySummary['origin']): Shelved {
  return { view, summary: summaryOf(view, origin) };
}
