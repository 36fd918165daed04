/** Between searching a library and training what makes one; a run under way shows its progress wherever one is. */
import { useStore } from 'zustand';
import { shortcutOf } from '../commands/use_commands.ts';
import { runUnderWay, trainStore } from '../state/train_store.ts';
import { viewStore, type Screen } from '../state/view_store.ts';
import './screen_switch.css';

const SCREENS: readonly { readonly id: Screen; readonly label: string }[] = [
  { id: 'explore', label: 'Explore' },
  { id: 'train', label: 'Train' },
];

export function ScreenSwitch() {
  const screen = useStore(viewStore, (state) => state.screen);
  return (
    <nav className="screen-switch" aria-label="Screens">
      {SCREENS.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          className="screen-button"
          aria-current={id === screen ? 'page' : undefined}
          aria-keyshortcuts={id === 'train' ? shortcutOf('view.train') : undefined}
          onClick={() => viewStore.setState({ screen: id })}
          data-testid={`screen-${id}`}
        >
          {label}
          {id === 'train' && <UnderWay />}
        </button>
      ))}
    </nav>
  );
}

/** A ring that fills as the run goes on. */
function UnderWay() {
  const running = useStore(trainStore, (state) => runUnderWay(state) !== undefined);
  const share = useStore(trainStore, (state) => {
    const run = runUnderWay(state);
    return run === undefined ? 0 : Math.round((100 * (run.steps_done + (run.step?.progress ?? 0))) / Math.max(1, run.steps_total));
  });
  if (!running) return undefined;
  return (
    <>
      <svg className="screen-ring" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <circle cx="6" cy="6" r="4.5" pathLength="100" />
        <circle cx="6" cy="6" r="4.5" pathLength="100" strokeDasharray={`${share} 100`} />
      </svg>
      <span className="visually-hidden">, a run is under way</span>
    </>
  );
}
