/** Why this child: what was asked, what holds it back, which decisions matter, and what is settled along the frontier. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { quantityOf } from '../../state/columns.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { explainStore, type ExplainState, type LayerExplanation } from '../../state/explain_store.ts';
import { solveAgain } from '../../state/solve_controller.ts';
import { shownSolution, solveStore, type Answer } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { FrontierReasons } from './frontier_reasons.tsx';
import { HoldList } from './hold_list.tsx';
import { holdsOf } from './holds.ts';
import { Infeasible } from './infeasible.tsx';
import { Lead } from './lead_view.tsx';
import { decisionSentence, leadSentences } from './lead.ts';
import { limitReasons } from './limit_reasons.ts';
import { LimitTable } from './limit_table.tsx';
import { RegretStrip } from './regret_strip.tsx';
import { layerRegrets, summarise } from './regrets.ts';
import { RegretText } from './regret_text.tsx';
import './reasons.css';

export function ReasonsPanel() {
  const library = useStore(engineStore, openLibrary);
  const answer = useStore(solveStore, (state) => state.answer);
  const outcome = useStore(solveStore, (state) => state.outcome);
  const workloads = useStore(documentStore, (state) => state.document.workloads);
  return (
    <section className="panel why" aria-label="Why this child" data-testid="reasons">
      {library !== undefined && outcome.kind === 'infeasible' && (
        <Infeasible library={library} workloads={workloads} reachable={outcome.reachable} conflict={outcome.conflict} />
      )}
      {outcome.kind === 'failed' && <EmptyState icon="alert" title="The search failed" text={outcome.error.message} actions={<Button onClick={solveAgain}>Search again</Button>} />}
      {library !== undefined && answer !== undefined ? (
        <Reasons key={library.view.id} library={library} answer={answer} />
      ) : (
        outcome.kind === 'none' && <EmptyState busy={library !== undefined} title={library === undefined ? 'No library is open' : 'Searching for the best child'} />
      )}
    </section>
  );
}

function Reasons({ library, answer }: { readonly library: OpenLibrary; readonly answer: Answer }) {
  const { view } = library;
  const explain = useStore(explainStore);
  const past = useStore(solveStore, (state) => state.outcome.kind !== 'answer');
  const later = useStore(solveStore, (state) => state.solutionIndex > 0);
  const shown = useStore(solveStore, (state) => shownSolution(state)?.choices);
  const locks = useStore(documentStore, (state) => state.document.locks);
  const bans = useStore(documentStore, (state) => state.document.bans);
  const choices = answer.solutions[0].choices;
  const objective = quantityOf(view, answer.problem.objective);
  const before = useLastComplete(explain);
  const regrets = useMemo(
    () => layerRegrets(view, choices, explain.layers, answer.problem.locks, explain.state === 'running' ? before : undefined),
    [view, choices, explain.layers, answer.problem.locks, explain.state, before],
  );
  const summary = useMemo(() => summarise(regrets, answer.objective), [regrets, answer.objective]);
  const limits = limitReasons(view, answer, explain);
  const stale = explain.state === 'stale' || past;
  const searching = !past && (explain.state === 'running' || explain.state === 'stale');
  const decision = explain.state === 'running' ? undefined : decisionSentence(summary, objective);
  const holds = holdsOf({ locks, bans }, explain.holds);
  return (
    <div className={past ? 'reasons-body is-past' : 'reasons-body'}>
      <div className="reasons-section reasons-top">
        <Lead sentences={leadSentences({ view, answer, limits })} decision={decision} stale={stale} past={past} later={later} />
        <Progress explain={explain} layers={regrets.length} past={past} />
      </div>
      {limits.length > 0 && (
        <Section title="Limits">
          <LimitTable limits={limits} objective={objective} searching={searching} />
        </Section>
      )}
      <Section title="Which layers matter" note={`${objective.label} lost with the second-best block there, all other layers chosen anew`}>
        {summary.known > 0 || searching ? (
          <RegretStrip regrets={regrets} objective={objective} stale={stale} />
        ) : (
          <p className="muted">Not known; it is searched once the answer is proven.</p>
        )}
        <RegretText summary={summary} layers={regrets.length} stale={stale} />
      </Section>
      <FrontierReasons library={library} choices={shown ?? choices} />
      {holds.length > 0 && (
        <Section title="Locks and bans">
          <HoldList holds={holds} objective={objective} searching={searching} stale={stale} />
        </Section>
      )}
    </div>
  );
}

/** The layers of the last complete explanation: a new one starts from nothing, and the strip should not go blank for it. */
function useLastComplete({ state, layers }: ExplainState): ReadonlyMap<number, LayerExplanation> | undefined {
  const [kept, setKept] = useState<ReadonlyMap<number, LayerExplanation>>();
  if (state === 'done' && kept !== layers) setKept(layers);
  return kept;
}

function Section({ title, note, children }: { readonly title: string; readonly note?: string; readonly children: React.ReactNode }) {
  return (
    <section className="reasons-section">
      <header>
        <h3>{title}</h3>
        {note !== undefined && <span className="muted">{note}</span>}
      </header>
      {children}
    </section>
  );
}

/** How far the explanation is, and whether it belongs to what is on screen. */
function Progress({ explain, layers, past }: { readonly explain: ExplainState; readonly layers: number; readonly past: boolean }) {
  if (past) return undefined;
  switch (explain.state) {
    case 'idle':
    case 'done':
      return undefined;
    case 'stale':
      return (
        <p className="reasons-progress muted" role="status" data-testid="reasons-state" data-state="stale">
          {explain.layers.size > 0 ? 'Regrets are for the previous limits; new ones follow.' : 'Reasons follow once the limits rest.'}
        </p>
      );
    case 'running':
      return (
        <p className="reasons-progress muted" role="status" data-testid="reasons-state" data-state="running">
          <progress max={layers} value={explain.layers.size} aria-label="Layers searched" /> {explain.layers.size} of {layers} layers searched
        </p>
      );
    case 'failed':
      return (
        <p className="reasons-progress" role="alert" data-testid="reasons-state" data-state="failed">
          The reasons could not be found: {explain.error?.message ?? 'the search failed.'} <Button onClick={solveAgain}>Try again</Button>
        </p>
      );
    default:
      return explain.state satisfies never;
  }
}
