/** How to lay a model out over many chips, by phase and batch: Pope et al., "Efficiently Scaling Transformer Inference", arXiv 2211.05102. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { Device } from '../../../engine/protocol/hardware.ts';
import { PHASES, type PlanResult } from '../../../engine/protocol/plan.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { plannerModels, type PlannerModel as Choice } from '../../state/planner_models.ts';
import { MOST_CHIPS, changePlanner, planRequest, plannerStore, type PlannerSettings } from '../../state/planner_store.ts';
import { restStore } from '../../state/rest.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { useTables } from '../serving/use_tables.ts';
import type { OtherChips } from './cost_figure.ts';
import { PlanView } from './plan_view.tsx';
import { PlannerControls } from './planner_controls.tsx';
import { plannerModelOf, unitOf } from './planner_model.ts';
import { usePlans } from './use_plans.ts';
import '../../plots/plot.css';
import '../../widgets/data_table.css';
import '../serving/serving.css';
import './planner.css';

export function PlannerPanel() {
  const state = useTables();
  return (
    <section className="planner" aria-label="Layout planner" data-testid="planner">
      {state.kind === 'ready' ? (
        <Planner devices={state.tables.devices} />
      ) : state.kind === 'failed' ? (
        <EmptyState icon="alert" title="The device table could not be read" text={state.error.message} actions={<Button onClick={state.retry}>Try again</Button>} />
      ) : (
        <EmptyState busy title="Reading the device table" />
      )}
    </section>
  );
}

/** `devices` is replaced whenever anything that the engine computes with is. */
function Planner({ devices }: { readonly devices: readonly Device[] }) {
  const { settings, phase, batch, otherChips } = useStore(plannerStore);
  const models = useModels();
  const chosen = models.find(({ id }) => id === settings.model) ?? models[0];
  const wanted = useMemo(() => (chosen === undefined ? [] : PHASES.map((one) => planRequest(settings, chosen, one))), [settings, chosen]);
  const { shown, current, again } = usePlans(wanted, devices);
  const others = useOtherChips(otherChips && shown.kind === 'plans' && current, settings, chosen, devices);
  const model = useMemo(() => (shown.kind === 'plans' ? plannerModelOf(shown.plans, devices) : undefined), [shown, devices]);
  if (chosen === undefined) return <EmptyState busy title="Reading the models" />;
  return (
    <>
      <PlannerControls settings={settings} model={chosen} models={models} devices={devices} unit={unitOf(devices.find(({ id }) => id === settings.device))} />
      {shown.kind === 'failed' ? (
        <EmptyState
          icon="alert"
          title="This cannot be planned"
          text={shown.error.hint === undefined ? shown.error.message : `${shown.error.message} ${shown.error.hint}`}
          actions={shown.error.code === 'bad_input' ? undefined : <Button onClick={again}>Try again</Button>}
          testId="planner-failure"
        />
      ) : model === undefined ? (
        <EmptyState busy title="Comparing layouts" />
      ) : (
        <PlanView
          model={model}
          phase={phase}
          batch={batch}
          others={others}
          otherChips={otherChips}
          stale={!current}
          onChips={(chips) => changePlanner({ chips })}
        />
      )}
    </>
  );
}

function useModels(): readonly Choice[] {
  const library = useStore(engineStore, openLibrary);
  const references = useStore(engineStore, (state) => state.references);
  const pins = useStore(documentStore, (state) => state.document.pins);
  const presets = useStore(hardwareStore, (state) => state.presets);
  const models = useStore(hardwareStore, (state) => state.models);
  const choices = useRestingChoices();
  return useMemo(() => plannerModels({ library, choices, pins, presets, references, models }), [library, choices, pins, presets, references, models]);
}

/** Of the child on screen, taken over when nothing moves: a dragged slider passes dozens of children a second. */
function useRestingChoices(): readonly number[] | undefined {
  const live = useStore(solveStore, (state) => shownSolution(state)?.choices.join(' '));
  const awaiting = useStore(solveStore, (state) => state.awaiting);
  const resting = useStore(restStore, (state) => state.resting);
  const [taken, setTaken] = useState(live);
  if (resting && !awaiting && taken !== live) setTaken(live);
  return useMemo(() => taken?.split(' ').map(Number), [taken]);
}

const NO_PLANS: readonly PlanResult[] = [];

/** Half and double the chips, by phase; empty until they are known. */
function useOtherChips(wanted: boolean, settings: PlannerSettings, model: Choice | undefined, devices: readonly Device[]): readonly (readonly OtherChips[])[] {
  const counts = useMemo(() => (wanted ? [settings.chips / 2, settings.chips * 2].filter((chips) => chips >= 1 && chips <= MOST_CHIPS) : []), [wanted, settings.chips]);
  const requests = useMemo(
    () => (model === undefined ? [] : counts.flatMap((chips) => PHASES.map((phase) => planRequest({ ...settings, chips, mesh: undefined }, model, phase)))),
    [settings, model, counts],
  );
  const { shown, current } = usePlans(requests, devices);
  const plans = shown.kind === 'plans' && current ? shown.plans : NO_PLANS;
  return useMemo(() => PHASES.map((phase) => plans.filter(({ settings: of }) => of.phases.includes(phase)).map(({ chips, points }) => ({ chips, points }))), [plans]);
}
