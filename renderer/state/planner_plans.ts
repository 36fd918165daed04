/**
 * Plans for a list of requests, kept in step with what is wanted: asked for a moment after the last change, one after
 * another, given up when something else is wanted, remembered, and shown all at once.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineClient } from '../../engine/protocol/client.ts';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { PlanRequestInput, PlanResult } from '../../engine/protocol/plan.ts';
import { track } from './activity.ts';

export type Plans =
  | { readonly kind: 'none' }
  | { readonly kind: 'plans'; readonly plans: readonly PlanResult[] }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export interface PlansState {
  /** What is shown answers this; the same text as `plansKey` of what is wanted once it is current. */
  readonly answers: string;
  readonly shown: Plans;
}

/** Typing and arrow keys come in bursts. */
const ASK_AFTER_MS = 80;
/** About 50 kB each. */
const KEPT = 60;

/** Plans by request, computed from `hardware`; other tables make them void. */
const kept = new Map<string, PlanResult>();
let hardware: unknown;

export function plansKey(wanted: readonly PlanRequestInput[]): string {
  return JSON.stringify(wanted);
}

export class PlanSet {
  readonly store: StoreApi<PlansState> = createStore<PlansState>(() => ({ answers: '', shown: { kind: 'none' } }));
  #key: string | undefined;
  #client: EngineClient | undefined;
  #tables: unknown;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Ends the activity that counts while plans are on their way. */
  #settle: (() => void) | undefined;

  /**
   * Shows the plans for `wanted`, at once where they are known; without an engine, once there is one and this is
   * called again. Nothing is asked for an empty list. `tables` is whatever stands for the devices known to the engine.
   */
  want(wanted: readonly PlanRequestInput[], client: EngineClient | undefined, tables: unknown): void {
    const key = plansKey(wanted);
    if (key === this.#key && client === this.#client && tables === this.#tables) return;
    if (tables !== hardware) kept.clear();
    hardware = tables;
    this.#withdraw();
    this.#key = key;
    this.#client = client;
    this.#tables = tables;
    const known = keptPlans(wanted);
    if (known !== undefined) this.store.setState({ answers: key, shown: { kind: 'plans', plans: known } });
    if (known !== undefined || client === undefined) return this.#rest();
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

  async #ask(wanted: readonly PlanRequestInput[], key: string, client: EngineClient, signal: AbortSignal): Promise<void> {
    const plans: PlanResult[] = [];
    try {
      for (const request of wanted) {
        const plan = kept.get(plansKey([request])) ?? (await client.call('cost.plan', request, { signal }));
        if (signal.aborted) return;
        keep(plansKey([request]), plan);
        plans.push(plan);
      }
      this.store.setState({ answers: key, shown: { kind: 'plans', plans } });
    } catch (error) {
      if (signal.aborted) return;
      const payload = toErrorPayload(error);
      // A lost engine leaves what was shown; the next one is asked again.
      if (!isCancelled(error) && payload.code !== 'engine_gone') this.store.setState({ answers: key, shown: { kind: 'failed', error: payload } });
    }
    this.#rest();
  }

  #withdraw(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #begin(): void {
    if (this.#settle !== undefined) return;
    void track(
      new Promise<void>((resolve) => {
        this.#settle = resolve;
      }),
    );
  }

  #rest(): void {
    this.#settle?.();
    this.#settle = undefined;
  }
}

function keptPlans(wanted: readonly PlanRequestInput[]): readonly PlanResult[] | undefined {
  const known = wanted.flatMap((request) => kept.get(plansKey([request])) ?? []);
  return known.length === wanted.length ? known : undefined;
}

function keep(key: string, plan: PlanResult): void {
  kept.set(key, plan);
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
}
