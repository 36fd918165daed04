/**
 * Cost reports for a set of architectures, kept in step with what is wanted: asked for a moment after the last change,
 * given up when something else is wanted, remembered by (subject, deployment, traffic), and shown all at once, so that
 * figures for different settings never stand side by side.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineClient } from '../../engine/protocol/client.ts';
import type { CostReport, CostTraffic, Deployment } from '../../engine/protocol/cost.ts';
import type { CostSubject } from '../../engine/protocol/cost_api.ts';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import { track } from './activity.ts';

export interface ReportRequest {
  readonly subject: CostSubject;
  readonly deployment: Deployment;
  readonly traffic: CostTraffic;
}

export interface WantedReport {
  readonly id: string;
  readonly request: ReportRequest;
}

export type ReportOutcome =
  | { readonly kind: 'report'; readonly report: CostReport }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export interface AnsweredReport extends WantedReport {
  readonly outcome: ReportOutcome;
}

export interface ReportsState {
  /** What the shown reports answer; the same text as `reportsKey` of what is wanted once they are current. */
  readonly answers: string;
  readonly shown: readonly AnsweredReport[];
}

/** Typing and arrow keys come in bursts. */
const ASK_AFTER_MS = 60;
/** A report takes milliseconds: more at once would only queue up where they can no longer be withdrawn. */
const AT_ONCE = 2;
/** About 0.1 MB each. */
const KEPT = 120;

const kept = new Map<string, ReportOutcome>();
/** What they were computed from; other tables make them void. */
let hardware: unknown;

export function requestKey({ subject, deployment, traffic }: ReportRequest): string {
  return JSON.stringify([subject, deployment, traffic]);
}

export function reportsKey(wanted: readonly WantedReport[]): string {
  return JSON.stringify(wanted.map(({ id, request }) => [id, requestKey(request)]));
}

export class ReportSet {
  readonly store: StoreApi<ReportsState> = createStore<ReportsState>(() => ({ answers: '', shown: [] }));
  /** Of what is wanted now; undefined while nothing is followed. */
  #key: string | undefined;
  #client: EngineClient | undefined;
  #tables: unknown;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Ends the activity that counts while reports are on their way. */
  #settle: () => void = () => undefined;
  #busy = false;

  /**
   * Shows the reports of `wanted`, at once where they are known; without an engine, once there is one and this is called
   * again. `tables` is whatever stands for the devices and calibrations that the engine knows.
   */
  want(wanted: readonly WantedReport[], client: EngineClient | undefined, tables: unknown): void {
    const key = reportsKey(wanted);
    if (key === this.#key && client === this.#client && tables === this.#tables) return;
    if (tables !== hardware) kept.clear();
    hardware = tables;
    // What is shown may be another's by now.
    if (tables !== this.#tables) this.store.setState({ answers: '' });
    this.#withdraw();
    this.#key = key;
    this.#client = client;
    this.#tables = tables;
    if (this.#show(wanted, key)) return this.#rest();
    if (client === undefined) return this.#rest();
    this.#begin();
    const { signal } = this.#abort;
    this.#timer = setTimeout(() => void this.#ask(wanted, key, client, signal), ASK_AFTER_MS);
  }

  /** Gives up what is on its way; what is shown stays. */
  stop(): void {
    this.#withdraw();
    this.#key = undefined;
    this.#rest();
  }

  async #ask(wanted: readonly WantedReport[], key: string, client: EngineClient, signal: AbortSignal): Promise<void> {
    const passing = new Map<string, ReportOutcome>();
    const missing = wanted.filter(({ request }) => !kept.has(requestKey(request)));
    const next = async (): Promise<void> => {
      for (let one = missing.shift(); one !== undefined && !signal.aborted; one = missing.shift()) {
        // oxlint-disable-next-line no-await-in-loop -- no more than a few at once is the point
        await fetchReport(client, one.request, signal, passing);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    if (signal.aborted) return;
    // A lost engine leaves gaps: what was shown stays, and the next engine is asked again.
    this.#show(wanted, key, passing);
    this.#rest();
  }

  /** @returns whether every report of `wanted` is known. */
  #show(wanted: readonly WantedReport[], key: string, passing: ReadonlyMap<string, ReportOutcome> = kept): boolean {
    const shown = wanted.flatMap(({ id, request }): AnsweredReport[] => {
      const known = kept.get(requestKey(request)) ?? passing.get(requestKey(request));
      return known === undefined ? [] : [{ id, request, outcome: known }];
    });
    if (shown.length < wanted.length) return false;
    this.store.setState({ answers: key, shown });
    return true;
  }

  #withdraw(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #begin(): void {
    if (this.#busy) return;
    this.#busy = true;
    void track(
      new Promise<void>((resolve) => {
        this.#settle = resolve;
      }),
    );
  }

  #rest(): void {
    this.#busy = false;
    this.#settle();
  }
}

/** Remembers the answer; one that may be another next time only for this asking. */
async function fetchReport(client: EngineClient, request: ReportRequest, signal: AbortSignal, passing: Map<string, ReportOutcome>): Promise<void> {
  try {
    const report = await client.call('cost.report', { ...request }, { signal });
    keep(requestKey(request), { kind: 'report', report });
  } catch (error) {
    const payload = toErrorPayload(error);
    if (isCancelled(error) || payload.code === 'engine_gone') return;
    const outcome: ReportOutcome = { kind: 'failed', error: payload };
    if (payload.code === 'bad_input') keep(requestKey(request), outcome);
    else passing.set(requestKey(request), outcome);
  }
}

function keep(key: string, outcome: ReportOutcome): void {
  kept.set(key, outcome);
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
}
