/** The views below the map, one at a time. */
import type { KeyboardEvent, ReactElement } from 'react';
import { useStore } from 'zustand';
import { shortcutOf } from '../commands/use_commands.ts';
import type { CommandId } from '../../engine/protocol/commands.ts';
import { ComparePanel } from '../panels/compare/compare_panel.tsx';
import { FrontierPanel } from '../panels/frontier/frontier_panel.tsx';
import { LayerTablePanel } from '../panels/layer_table/layer_table_panel.tsx';
import { PublishedPanel } from '../panels/published/published_panel.tsx';
import { ReasonsPanel } from '../panels/reasons/reasons_panel.tsx';
import { ServingPanel } from '../panels/serving/serving_panel.tsx';
import { viewStore, type Tab } from '../state/view_store.ts';
import { ErrorBoundary } from '../widgets/error_boundary.tsx';

const TABS: readonly { readonly id: Tab; readonly label: string; readonly command: CommandId; readonly panel: () => ReactElement }[] = [
  { id: 'frontier', label: 'Frontier', command: 'view.explore', panel: () => <FrontierPanel /> },
  { id: 'reasons', label: 'Why', command: 'view.reasons', panel: () => <ReasonsPanel /> },
  { id: 'layers', label: 'Layers', command: 'view.layers', panel: () => <LayerTablePanel /> },
  { id: 'compare', label: 'Compare', command: 'view.compare', panel: () => <ComparePanel /> },
  { id: 'published', label: 'Published', command: 'view.published', panel: () => <PublishedPanel /> },
  { id: 'serving', label: 'Serving', command: 'view.serving', panel: () => <ServingPanel /> },
];

export function Tabs() {
  const tab = useStore(viewStore, (state) => state.tab);
  const shown = TABS.find((candidate) => candidate.id === tab) ?? TABS[0];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(shown) + step + TABS.length) % TABS.length];
    viewStore.setState({ tab: next.id });
    document.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  };
  return (
    <div className="tabs">
      <div className="tab-list" role="tablist" aria-label="Views">
        {TABS.map(({ id, label, command }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            className="tab"
            aria-selected={id === shown.id}
            aria-controls="tab-panel"
            aria-keyshortcuts={shortcutOf(command)}
            tabIndex={id === shown.id ? 0 : -1}
            onClick={() => viewStore.setState({ tab: id })}
            onKeyDown={onKeyDown}
            data-testid={`tab-${id}`}
          >
            {label}
          </button>
        ))}
      </div>
      <div className="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${shown.id}`}>
        <ErrorBoundary key={shown.id} name={`The view "${shown.label}"`}>
          {shown.panel()}
        </ErrorBoundary>
      </div>
    </div>
  );
}
