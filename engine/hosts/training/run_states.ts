/** States of runs that nothing is doing anything about: fresh ones, and ones whose process went. */
import type { ExperimentRequest, Plan, RunState } from '../../protocol/train.ts';
import type { PlannedStep } from './pipeline_env.ts';

export function newRun({ id, name, plan, steps }: { readonly id: string; readonly name: string; readonly plan: Plan; readonly steps: readonly PlannedStep[] }): RunState {
  return {
    format: 'puzzle-workbench/run',
    version: 1,
    id,
    name,
    created_at: new Date().toISOString(),
    plan,
    state: 'waiting',
    steps: steps.map(({ kind, title }) => ({ kind, title, state: 'waiting', progress: 0, elapsed_s: 0, jobs: { done: 0, total: 0 } })),
    processes: 0,
  };
}

/** What a run that says it is under way is, when nobody runs it. */
export function left(state: RunState): RunState {
  if (state.state !== 'running') return state;
  return {
    ...state,
    state: 'interrupted',
    steps: state.steps.map((step) => {
      if (step.state !== 'running') return step;
      const { eta_s: _, ...rest } = step;
      return { ...rest, state: 'cancelled' };
    }),
  };
}

/** The plan with more experiments, in place of those of the same ids; of several of one id the last. */
export function withExperiments(plan: Plan, more: readonly ExperimentRequest[]): Plan {
  if (more.length === 0) return plan;
  const asked = new Map(more.map((each) => [each.id, each]));
  const others = (plan.experiments ?? []).filter(({ id }) => !asked.has(id));
  return { ...plan, experiments: [...others, ...asked.values()] };
}
