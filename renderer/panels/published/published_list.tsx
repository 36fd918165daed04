/** The views and tables to choose from: a list at the side, one select where the window is narrow. */
import { useStore } from 'zustand';
import type { PublishedTable } from '../../../engine/protocol/published_tables.ts';
import { shownSections, summarise } from '../../state/published_comparison.ts';
import { ERRORS_VIEW, MODELS_VIEW, publishedStore } from '../../state/published_store.ts';
import { Select } from '../../widgets/select.tsx';

interface Entry {
  readonly id: string;
  readonly label: string;
  /** Mean error of its rows; undefined where nothing is compared. */
  readonly mean?: number | undefined;
}

export function PublishedList({ tables }: { readonly tables: readonly PublishedTable[] }) {
  const chosen = useStore(publishedStore, (view) => view.chosen);
  const release = useStore(publishedStore, (view) => view.release);
  const groups = groupsOf(tables, release);
  const choose = (id: string): void => publishedStore.setState({ chosen: id });
  return (
    <nav className="published-list" aria-label="Published tables">
      <div className="published-select">
        <Select
          label="Show"
          hideLabel
          value={chosen}
          options={groups.flatMap(({ label, entries }) => entries.map((entry) => ({ value: entry.id, label: label === undefined ? entry.label : `${label}: ${entry.label}` })))}
          onChange={choose}
          testId="published-select"
        />
      </div>
      <div className="published-entries">
        {groups.map(({ label, entries }) => (
          <section key={label ?? ''} aria-label={label ?? 'Overviews'}>
            {label !== undefined && <h3>{label}</h3>}
            <ul>
              {entries.map(({ id, label: name, mean }) => (
                <li key={id}>
                  <button type="button" aria-current={id === chosen} data-testid={`published-entry-${id}`} onClick={() => choose(id)}>
                    <span>{name}</span>
                    {mean !== undefined && <small title="Mean error of our figures in it">{(100 * mean).toFixed(mean < 0.0995 ? 1 : 0)} %</small>}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}

function groupsOf(tables: readonly PublishedTable[], release: string | undefined): readonly { readonly label: string | undefined; readonly entries: readonly Entry[] }[] {
  const groups = new Map<string, Entry[]>();
  for (const table of tables) {
    const { compared, mean } = summarise(shownSections(table, release, undefined).flatMap(({ rows }) => rows));
    const entry = { id: table.id, label: table.menu, mean: compared > 0 ? mean : undefined };
    groups.set(table.group, [...(groups.get(table.group) ?? []), entry]);
  }
  const views = [
    { id: MODELS_VIEW, label: 'Accuracy and throughput' },
    ...(tables.length > 0 ? [{ id: ERRORS_VIEW, label: 'Predicted and published' }] : []),
  ];
  return [{ label: undefined, entries: views }, ...[...groups].map(([label, entries]) => ({ label, entries }))];
}
