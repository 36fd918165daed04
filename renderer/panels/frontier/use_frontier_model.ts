/** The frontier's model for limits at rest: a drag must not make a new one, see frontier_shapes.ts. */
import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { evaluationStore, requestEvaluation } from '../../state/derived_evaluations.ts';
import { placeOfPin } from '../../state/derived_frontier.ts';
import { documentStore } from '../../state/document_store.ts';
import { engineStore, type OpenLibrary } from '../../state/engine_store.ts';
import { objectiveOf } from '../../state/problem.ts';
import { restStore } from '../../state/rest.ts';
import { sweepStore } from '../../state/solve_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { frontierModel, type FrontierModel } from './frontier_model.ts';
import { frontierViewStore } from './frontier_view.ts';

export function useFrontierModel(library: OpenLibrary): FrontierModel | undefined {
  const pins = useStore(documentStore, (state) => state.document.pins);
  const objective = useStore(documentStore, (state) => objectiveOf(state.document, library.view));
  const limits = useStore(restStore, (state) => state.limits);
  // Not the state: a sweep that waits or has just begun shows what the one before has found.
  const over = useStore(sweepStore, (sweep) => sweep.over);
  const points = useStore(sweepStore, (sweep) => sweep.points);
  const baselines = useStore(sweepStore, (sweep) => sweep.baselines);
  const frontier = useStore(sweepStore, (sweep) => sweep.frontier);
  const complete = useStore(sweepStore, (sweep) => sweep.complete);
  const sweepColumn = useStore(viewStore, (state) => state.sweepColumn);
  const feasibleOnly = useStore(viewStore, (state) => state.feasibleOnly);
  const logarithmic = useStore(frontierViewStore, (state) => state.logarithmic);
  const fit = useStore(frontierViewStore, (state) => state.fit);
  const off = useStore(frontierViewStore, (state) => state.off);
  const evaluations = useStore(evaluationStore);
  const connection = useStore(engineStore, (state) => state.connection);
  useEffect(() => {
    if (connection.kind !== 'ready') return;
    for (const pin of pins) {
      const place = placeOfPin(pin, library);
      if (place.kind === 'here') requestEvaluation(library.view.id, objective, place.choices);
    }
  }, [pins, library, objective, connection]);
  return useMemo(
    () =>
      frontierModel(
        library,
        { limits, pins, objective },
        { over, points, baselines, frontier, complete },
        { sweepColumn, feasibleOnly, logarithmic, fit, off },
        evaluations,
      ),
    [library, limits, pins, objective, over, points, baselines, frontier, complete, sweepColumn, feasibleOnly, logarithmic, fit, off, evaluations],
  );
}
