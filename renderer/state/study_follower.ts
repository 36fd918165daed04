/**
 * Keeps one study (frontier, contour) in step with the document: asked for once the limits rest, given up when they
 * move on, painted in batches and never under a moving hand. Finished ones are kept for a while, so that undoing and
 * going back and forth between columns show at once what was found.
 */
import type { StreamEvent, StreamParams } from '../../engine/protocol/api.ts';
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Dispose } from '../../engine/protocol/transport.ts';
import { documentStore } from './document_store.ts';
import { engineClient, engineStore, openLibrary, type OpenLibrary } from './engine_store.ts';
import { recipeStore } from './recipe_store.ts';
import { restStore } from './rest.ts';
import { viewStore } from './view_store.ts';

export type StudyState = 'idle' | 'waiting' | 'running' | 'done' | 'cancelled' | 'failed';

/** The first results are painted almost at once, later ones no faster than a plot should redraw. */
const PAINT_MS = { first: 30, next: 200 };
const KEPT = 8;

export interface Study<N extends 'sweep' | 'contour', R> {
  readonly name: N;
  /** What the document asks for; undefined where it asks for nothing. */
  wanted(library: OpenLibrary): StreamParams<N> | undefined;
  /** False while nobody looks at it: it then waits. */
  isShown(): boolean;
  begin(params: StreamParams<N>): R;
  /** The result with what one event adds. */
  add(result: R, event: StreamEvent<N>): R;
  /** A result to show; undefined where only the state changed. */
  show(state: StudyState, result: R | undefined, error?: ErrorPayload): void;
  /** Nothing of what is shown means anything any more. */
  forget(): void;
}

export class StudyFollower<N extends 'sweep' | 'contour', R> {
  readonly #study: Study<N, R>;
  /** Params of the study asked for last, as text. */
  #key: string | undefined;
  #state: StudyState = 'idle';
  #result: R | undefined;
  /** What is running; whoever holds another must keep still. */
  #running: object | undefined;
  #dispose: Dispose = () => undefined;
  #paintTimer: ReturnType<typeof setTimeout> | undefined;
  /** Results came while the limits moved. */
  #owed = false;
  readonly #kept = new Map<string, R>();

  constructor(study: Study<N, R>) {
    this.#study = study;
  }

  /** Starts following; call once. */
  start(): Dispose {
    const disposers = [
      documentStore.subscribe((state, previous) => state.document !== previous.document && this.#follow()),
      viewStore.subscribe((state, previous) => state !== previous && this.#follow()),
      restStore.subscribe((state, previous) => {
        if (!state.resting || previous.resting) return;
        if (this.#owed) this.#paint();
        this.#follow();
      }),
      recipeStore.subscribe((state, previous) => {
        if (state.coming === previous.coming) return;
        // The library is about to be another: nothing of this one is worth the cores that it takes.
        if (state.coming !== undefined && this.#state === 'running') {
          this.#abandon();
          this.#become('waiting');
        }
        this.#follow();
      }),
      engineStore.subscribe((state, previous) => {
        if (state.library === previous.library && state.connection === previous.connection) return;
        // A new engine or another library: nothing in flight will be answered.
        this.#abandon();
        if (this.isBusy()) this.#become('idle');
        if (openLibrary(state) !== openLibrary(previous)) {
          this.#kept.clear();
          this.#study.forget();
        }
        this.#follow();
      }),
    ];
    return () => {
      for (const dispose of disposers) dispose();
      this.#abandon();
      this.#become('idle');
    };
  }

  /** True while results are still to come. */
  isBusy(): boolean {
    return this.#state === 'running' || (this.#state === 'waiting' && this.#study.isShown());
  }

  /** Stops where it is; what was found stays. */
  cancel(): void {
    if (this.#state !== 'running' && this.#state !== 'waiting') return;
    const key = this.#key;
    const result = this.#result;
    this.#abandon();
    this.#key = key;
    this.#result = result;
    this.#become('cancelled', result);
  }

  /** From the beginning, after a cancellation or a failure. */
  again(): void {
    this.#abandon();
    this.#follow();
  }

  #follow(): void {
    const library = openLibrary(engineStore.getState());
    if (library === undefined || engineClient() === undefined || recipeStore.getState().coming !== undefined) return;
    const params = this.#study.wanted(library);
    if (params === undefined) {
      this.#abandon();
      if (this.#state !== 'idle') this.#become('idle');
      return;
    }
    const key = JSON.stringify(params);
    if (this.#key !== key) {
      this.#abandon();
      this.#key = key;
      if (this.#state !== 'waiting') this.#become('waiting');
    }
    if (this.#state === 'waiting' && restStore.getState().resting && this.#study.isShown()) this.#run(params, key);
  }

  #run(params: StreamParams<N>, key: string): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#result = kept;
      return this.#become('done', kept);
    }
    const client = engineClient();
    if (client === undefined) return;
    this.#result = undefined;
    let result = this.#study.begin(params);
    let painted = false;
    const request = {};
    this.#running = request;
    this.#become('running');
    this.#dispose = client.subscribe(this.#study.name, params, {
      onEvent: (event) => {
        if (this.#running !== request) return;
        result = this.#study.add(result, event);
        if (event.kind === 'started') return;
        this.#result = result;
        if (event.kind === 'finished') {
          this.#keep(key, result);
          this.#state = 'done';
          this.#paint();
        } else this.#paintTimer ??= setTimeout(() => this.#paint(), painted ? PAINT_MS.next : PAINT_MS.first);
        painted = true;
      },
      onError: (error) => {
        if (this.#running !== request) return;
        this.#abandon();
        if (error.payload.code === 'engine_gone') return this.#become('idle');
        // Asked again only on purpose, or when something else is wanted.
        this.#key = key;
        this.#become('failed', undefined, error.payload);
      },
    });
  }

  #paint(): void {
    clearTimeout(this.#paintTimer);
    this.#paintTimer = undefined;
    this.#owed = !restStore.getState().resting;
    if (!this.#owed) this.#study.show(this.#state, this.#result);
  }

  #become(state: StudyState, result?: R, error?: ErrorPayload): void {
    this.#state = state;
    this.#study.show(state, result, error);
  }

  #keep(key: string, result: R): void {
    this.#kept.set(key, result);
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(oldest);
  }

  #abandon(): void {
    this.#running = undefined;
    this.#dispose();
    this.#dispose = () => undefined;
    this.#key = undefined;
    this.#result = undefined;
    this.#owed = false;
    clearTimeout(this.#paintTimer);
    this.#paintTimer = undefined;
  }
}
