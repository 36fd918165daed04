/** A page's view of a run under way, to wait on and to look into. */
import type { Training } from '../../engine/hosts/training/training.ts';
import type { RunEvent, RunProgress } from '../../engine/protocol/train_api.ts';

export class RunWatcher {
  readonly events: RunEvent[] = [];
  closed = false;
  #progress: RunProgress | undefined;
  #waiting: { readonly wanted: (progress: RunProgress) => boolean; readonly resolve: (progress: RunProgress) => void }[] = [];
  dispose: () => void = () => {};

  static async of(training: Training, id: string): Promise<RunWatcher> {
    const watcher = new RunWatcher();
    watcher.dispose = await training.watch(
      id,
      (event) => watcher.#heard(event),
      () => {
        watcher.closed = true;
      },
    );
    return watcher;
  }

  /** Resolves when the run is so. */
  until(wanted: (progress: RunProgress) => boolean): Promise<RunProgress> {
    if (this.#progress !== undefined && wanted(this.#progress)) return Promise.resolve(this.#progress);
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  ended(): Promise<RunProgress> {
    return this.until(({ state }) => state !== 'running' && state !== 'waiting');
  }

  /** All lines heard, those of the first snapshot among them. */
  lines(): readonly string[] {
    return this.events.flatMap((event) => (event.log ?? []).map(({ text }) => text));
  }

  /** Lines since the first snapshot. */
  updates(): readonly string[] {
    return this.events.slice(1).flatMap((event) => (event.log ?? []).map(({ text }) => text));
  }

  #heard(event: RunEvent): void {
    this.events.push(event);
    if (event.progress === undefined) return;
    this.#progress = event.progress;
    for (const { wanted, resolve } of this.#waiting) if (wanted(event.progress)) resolve(event.progress);
  }
}
