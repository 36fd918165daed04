/** The efficient frontier: the best quality at every level of one limit, or of two, and where the child on screen stands. */
import { useStore } from 'zustand';
import { engineStore, openLibrary, type OpenLibrary } from '../../state/engine_store.ts';
import { viewStore, type FrontierMode } from '../../state/view_store.ts';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { OneLimit } from './one_limit.tsx';
import { TwoLimits } from './two_limits.tsx';
import '../../plots/plot.css';
import './frontier.css';

const MODES: readonly { readonly value: FrontierMode; readonly label: string }[] = [
  { value: 'one', label: 'One limit' },
  { value: 'two', label: 'Two limits' },
];

export function FrontierPanel() {
  const library = useStore(engineStore, openLibrary);
  return (
    <section className="panel frontier-panel" aria-label="Efficient frontier" data-testid="frontier">
      {library === undefined ? (
        <EmptyState title="No frontier yet" text="Open a block library to see how quality and throughput trade." />
      ) : (
        <Frontier library={library} />
      )}
    </section>
  );
}

function Frontier({ library }: { readonly library: OpenLibrary }) {
  const mode = useStore(viewStore, (view) => view.frontierMode);
  const modes = (
    <Segmented label="Quality over" value={mode} options={MODES} onChange={(frontierMode) => viewStore.setState({ frontierMode })} testId="frontier-mode" />
  );
  return mode === 'one' ? <OneLimit library={library} modes={modes} /> : <TwoLimits library={library} modes={modes} />;
}
