/** One published table: ours and the error beside every figure, the release of its baseline, its notes and sources. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { PublishedRow, PublishedTable } from '../../../engine/protocol/published_tables.ts';
import { saveFile } from '../../state/files.ts';
import { notify, notifyError } from '../../state/notice_store.ts';
import { errorText, releaseOf, shownSections, summarise, tableCsv, tagsOf, type ErrorSummary, type ShownSection } from '../../state/published_comparison.ts';
import { publishedStore } from '../../state/published_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { Select } from '../../widgets/select.tsx';
import { ComparisonTable } from './comparison_table.tsx';

const ALL = '';
/** Errors below this are printed as 0.0 %. */
const ALIKE = 0.0005;

export function TableView({ table }: { readonly table: PublishedTable }) {
  const wanted = useStore(publishedStore, (view) => view.release);
  const tag = useStore(publishedStore, (view) => view.tags[table.id]);
  const sections = useMemo(() => shownSections(table, wanted, tag), [table, wanted, tag]);
  const summary = useMemo(() => summarise(sections.flatMap(({ rows }) => rows)), [sections]);
  const release = releaseOf(table, wanted);
  const tags = tagsOf(table);
  return (
    <article className="published-table" data-testid="published-comparison" data-table={table.id}>
      <header className="published-head">
        <div className="published-heading">
          <h2>{table.title}</h2>
          <p className="muted">{table.summary}</p>
        </div>
        <Button icon="download" variant="ghost" onClick={() => void exportCsv(table, sections)} data-testid="published-csv">
          CSV
        </Button>
      </header>
      <div className="published-bar">
        {release !== undefined && (
          <div className="published-release">
            <span className="muted">70B measured under</span>
            <Segmented
              label="Software release of the baseline"
              value={release}
              options={table.releases.map(({ id, label }) => ({ value: id, label }))}
              onChange={(value) => publishedStore.setState({ release: value })}
              testId="published-release"
            />
          </div>
        )}
        {tags.length > 0 && (
          <Select
            label="Device"
            value={tags.includes(tag ?? ALL) ? (tag ?? ALL) : ALL}
            options={[{ value: ALL, label: 'All' }, ...tags.map((value) => ({ value, label: value }))]}
            onChange={(value) => publishedStore.setState(({ tags: known }) => ({ tags: { ...known, [table.id]: value } }))}
            testId="published-tag"
          />
        )}
        <SummaryLine summary={summary} sections={sections} />
      </div>
      {release !== table.releases.at(0)?.id && table.release_note !== undefined && (
        <p className="published-release-note" role="status" data-testid="published-release-note">
          {table.release_note}
        </p>
      )}
      <ComparisonTable table={table} sections={sections} />
      <footer className="published-foot selectable">
        {table.notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
        <p>Published: {table.source}.</p>
      </footer>
    </article>
  );
}

interface SummaryLineProps {
  readonly summary: ErrorSummary;
  readonly sections: readonly ShownSection[];
}

/** Over all rows shown; the worst is named, not left out. */
function SummaryLine({ summary: { compared, rows, geomean, mean, worst }, sections }: SummaryLineProps) {
  if (compared === 0) return <p className="published-summary muted">No figure of ours: nothing here follows from hardware and layers alone.</p>;
  return (
    <p className="published-summary" data-testid="published-summary">
      <span>
        Mean error <strong>{(100 * mean).toFixed(1)} %</strong>
      </span>
      <span className="muted" title="Geometric mean of ours over published">
        ours / published {geomean.toFixed(2)}
      </span>
      {worst?.error !== undefined && Math.abs(worst.error) >= ALIKE && (
        <span className="muted">
          worst {errorText(worst.error)}, {nameOf(worst, sections)}
        </span>
      )}
      <span className="muted">{compared === rows ? `${rows} rows` : `${compared} of ${rows} rows compared`}</span>
    </p>
  );
}

/** By its label, and by its section where others have the same one. */
function nameOf({ id, label }: PublishedRow, sections: readonly ShownSection[]): string {
  const shared = sections.flatMap(({ rows }) => rows).filter((row) => row.label === label).length > 1;
  const section = sections.find(({ rows }) => rows.some((row) => row.id === id));
  return shared && section !== undefined ? `${section.label}, ${label}` : label;
}

async function exportCsv(table: PublishedTable, sections: readonly ShownSection[]): Promise<void> {
  try {
    const saved = await saveFile(`${table.id}.csv`, 'text/csv', new TextEncoder().encode(tableCsv(table, sections)));
    if (saved !== undefined) notify({ kind: 'success', title: `Saved ${saved}` });
  } catch (error) {
    notifyError('The table could not be saved', error);
  }
}
