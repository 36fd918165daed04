/** What serving costs: the child on screen beside the parent, pins and presets, on chosen hardware and traffic. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { documentStore } from '../../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { restStore } from '../../state/rest.ts';
import { defaultServing } from '../../state/serving_settings.ts';
import { servedSubjects } from '../../state/serving_subjects.ts';
import { isShown, servingViewStore } from '../../state/serving_view.ts';
import { isStale, shownSolution, solveStore } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { Architectures } from './architectures.tsx';
import { countText, deviceName } from './figures.ts';
import { Notes } from './notes.tsx';
import { SECTIONS, type FiguresSection } from './sections.tsx';
import { ServingControls } from './serving_controls.tsx';
import { servingModel, type SectionProps, type ServedReport } from './serving_model.ts';
import { SummaryTable } from './summary_table.tsx';
import { useReports } from './use_reports.ts';
import { useTables, type HardwareTables } from './use_tables.ts';
import '../../plots/plot.css';
import '../../widgets/data_table.css';
import './serving.css';

export function ServingPanel() {
  const library = useStore(engineStore, openLibrary);
  const state = useTables();
  return (
    <section className="panel serving-panel" aria-label="Serving" data-testid="serving">
      {library === undefined ? (
        <EmptyState title="Nothing to serve" text="Open a block library to see what its children cost to serve." />
      ) : state.kind === 'ready' ? (
        <Serving key={library.view.id} library={library} tables={state.tables} />
      ) : state.kind === 'failed' ? (
        <EmptyState icon="alert" title="The device table could not be read" text={state.error.message} actions={<Button onClick={state.retry}>Try again</Button>} />
      ) : (
        <EmptyState busy title="Reading the device table" />
      )}
    </section>
  );
}

interface ServingProps {
  readonly library: OpenLibrary;
  readonly tables: HardwareTables;
}

function Serving(props: ServingProps) {
  const chosen = useStore(servingViewStore, (state) => state.section);
  const section = SECTIONS.find(({ value }) => value === chosen) ?? SECTIONS[0];
  return (
    <>
      <header className="serving-sections">
        <Segmented label="Section" value={section.value} options={SECTIONS} onChange={(next) => servingViewStore.setState({ section: next })} testId="serving-section" />
      </header>
      {section.kind === 'own' ? section.render() : <Figures {...props} section={section} />}
    </>
  );
}

function Figures({ library, tables, section }: ServingProps & { readonly section: FiguresSection }) {
  const chosen = useStore(documentStore, (state) => state.document.serving);
  const pins = useStore(documentStore, (state) => state.document.pins);
  const view = useStore(servingViewStore);
  const child = useRestingChild();
  const serving = useMemo(() => chosen ?? defaultServing(library.view, tables.devices), [chosen, library, tables]);
  const models = useMemo(() => tables.models.filter(({ id }) => view.models.includes(id)), [tables, view.models]);
  const { served, elsewhere } = useMemo(() => servedSubjects(library, child.choices, pins, models), [library, child.choices, pins, models]);
  const shown = useMemo(() => served.filter(({ id }, place) => isShown(view, id, place)), [served, view]);
  const wanted = useMemo(() => shown.map(({ id, subject }) => ({ id, request: { subject, ...serving } })), [shown, serving]);
  const reports = useReports(wanted);
  const stale = !reports.current || child.moving;
  const model = useMemo(() => servingModel(served, reports.shown, stale, tables.devices), [served, reports.shown, stale, tables]);
  return (
    <>
      <ServingControls serving={serving} own={chosen !== undefined} tables={tables} />
      <Architectures served={served} shown={new Set(shown.map(({ id }) => id))} models={tables.models} />
      <span className="serving-state muted" role="status" data-testid="serving-state" data-stale={stale}>
        {child.outdated ? 'Child: the last that met the limits' : stale && model !== undefined ? 'Working out new figures…' : ''}
      </span>
      {model === undefined ? (
        <EmptyState busy={wanted.length > 0} title={wanted.length > 0 ? 'Working out what serving costs' : 'No architecture is switched on'} />
      ) : (
        <>
          {model.reports.length === 0 ? <Failed model={model} /> : section.running && !model.reports.some(runs) ? <NothingFits model={model} /> : section.render(model)}
          {model.reports.length > 0 && <SummaryTable model={model} />}
          <Notes model={model} elsewhere={elsewhere} />
        </>
      )}
    </>
  );
}

function runs({ report }: ServedReport): boolean {
  return report.batch > 0;
}

function NothingFits({ model: { device, serving, unit } }: SectionProps) {
  const { isl, osl } = serving.traffic;
  return (
    <EmptyState
      icon="alert"
      title="Nothing fits"
      text={`No architecture leaves room for one sequence of ${countText(isl + osl)} tokens on ${device === undefined ? serving.deployment.device : deviceName(device.name)}. Share it among more ${unit}s, or take narrower formats; “Memory” shows what is missing.`}
      testId="serving-nothing-fits"
    />
  );
}

function Failed({ model: { failures } }: SectionProps) {
  return (
    <EmptyState
      icon="alert"
      title={failures.length === 0 ? 'No architecture is switched on' : 'This cannot be worked out'}
      text={[...new Set(failures.map(({ message }) => message))].join(' ')}
      testId="serving-failure"
    />
  );
}

interface RestingChild {
  /** Of the child on screen when the limits last rested. */
  readonly choices: readonly number[] | undefined;
  /** The limits or the child have moved on since. */
  readonly moving: boolean;
  /** It does not meet the limits on screen. */
  readonly outdated: boolean;
}

/** The child on screen, taken over when nothing moves: a dragged slider passes dozens of them a second. */
function useRestingChild(): RestingChild {
  const live = useStore(solveStore, (state) => shownSolution(state)?.choices.join(' '));
  const outdated = useStore(solveStore, isStale);
  const awaiting = useStore(solveStore, (state) => state.awaiting);
  const resting = useStore(restStore, (state) => state.resting);
  const [taken, setTaken] = useState(live);
  if (resting && !awaiting && taken !== live) setTaken(live);
  const choices = useMemo(() => (taken === undefined ? undefined : taken.split(' ').map(Number)), [taken]);
  return { choices, moving: taken !== live, outdated };
}
