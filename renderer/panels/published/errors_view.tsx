/** All rows of a release at once, predicted over published, and the errors in sum: by what they rest on, and by model and device. */
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { PublishedRow, PublishedTable } from '../../../engine/protocol/published_tables.ts';
import { errorText, figureText, printOf } from '../../state/published_comparison.ts';
import { publishedStore } from '../../state/published_store.ts';
import { notifyError } from '../../state/notice_store.ts';
import { themeStore } from '../../state/theme_store.ts';
import { usePlot } from '../../plots/use_plot.ts';
import { Button } from '../../widgets/button.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';
import { FloatingCard } from '../../widgets/floating_card.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { BASES, BASIS_NAMES, scatterFigure } from './scatter_figure.ts';
import { SumTable, type Sum } from './sum_table.tsx';

export function ErrorsView({ tables }: { readonly tables: readonly PublishedTable[] }) {
  const plotted = useStore(publishedStore, (view) => view.plotted);
  const choices = tables.filter((candidate) => candidate.plotted);
  const table = choices.find(({ id }) => id === plotted) ?? choices.at(0);
  if (table === undefined) return <EmptyState title="No table to plot" />;
  return <Errors table={table} choices={choices} tables={tables} />;
}

interface ErrorsProps {
  readonly table: PublishedTable;
  readonly choices: readonly PublishedTable[];
  readonly tables: readonly PublishedTable[];
}

function Errors({ table, choices, tables }: ErrorsProps) {
  const rows = table.sections.flatMap((section) => section.rows);
  const all = tables.flatMap(({ sections }) => sections.flatMap((section) => section.rows));
  const byBasis: readonly Sum[] = BASES.map((basis) => ({ id: basis, label: BASIS_NAMES[basis], facts: [], rows: rows.filter((row) => row.basis === basis) })).filter((sum) => sum.rows.length > 0);
  return (
    <article className="published-errors" data-testid="published-errors">
      <header className="published-head">
        <div className="published-heading">
          <h2>Predicted and published throughput</h2>
          <p className="muted">Generated tokens per second of all GPUs; every row of a release, worse ones too.</p>
        </div>
        <Segmented
          label="Release"
          value={table.id}
          options={choices.map(({ id, menu }) => ({ value: id, label: menu.replace('Release ', 'TensorRT-LLM ') }))}
          onChange={(value) => publishedStore.setState({ plotted: value })}
          testId="published-plotted"
        />
      </header>
      <div className="published-plot">
        <ScatterPlot table={table} />
      </div>
      <div className="published-scroll">
        <SumTable title="Errors by what the predictions rest on" head="Rests on" factHeads={[]} sums={byBasis} testId="published-by-basis" />
        <SumTable title="Errors by model and device" head="Model and device" factHeads={['TP']} sums={sumsOf(table)} testId="published-by-group" />
      </div>
      <footer className="published-foot selectable">
        <p>
          <Button variant="ghost" onClick={() => publishedStore.setState({ chosen: table.id })} data-testid="published-all-rows">
            All {rows.length} rows of {table.title.split(':')[0]}
          </Button>
        </p>
        <p>
          All tables together: {all.filter(({ error }) => error !== undefined).length} comparisons, {all.filter(({ reason }) => reason !== undefined).length} rows without a figure of ours, each with its reason.
        </p>
        <p>
          The same check runs over any file of measurements with the columns source, model, hardware, dtype, tp, isl, osl, batch, metric, value and unit: <code>npm run cli -- validate --published FILE.csv</code>
        </p>
      </footer>
    </article>
  );
}

/** One for each section and TP. */
function sumsOf({ sections }: PublishedTable): readonly Sum[] {
  return sections.flatMap(({ id, label, rows }) => {
    const degrees = [...new Set(rows.map(({ facts }) => facts.at(0) ?? ''))];
    return degrees.map((tp) => ({ id: `${id} ${tp}`, label, facts: [tp], rows: rows.filter((row) => row.facts.at(0) === tp) }));
  });
}

function ScatterPlot({ table }: { readonly table: PublishedTable }) {
  const theme = useStore(themeStore, (state) => state.theme);
  const figure = useMemo(() => scatterFigure(table, theme), [table, theme]);
  const [activeId, setActive] = useState<string>();
  const { element, plot, state } = usePlot(figure, { onHover: setActive, onFailure: (error) => notifyError('The plot could not be drawn', error) });
  const section = table.sections.find(({ rows }) => rows.some(({ id }) => id === activeId));
  const row = section?.rows.find(({ id }) => id === activeId);
  const at = row?.published === undefined || row.ours === undefined ? undefined : plot?.pixelOf(row.published, row.ours);
  return (
    <figure className="plot" aria-label="Our throughput over the published one; the tables below sum it up" data-testid="published-scatter" data-state={state}>
      <div ref={element} className="plot-host" aria-hidden="true" />
      {section !== undefined && row !== undefined && at !== undefined && (
        <FloatingCard anchor={at}>
          <RowCard title={section.label} row={row} />
        </FloatingCard>
      )}
    </figure>
  );
}

const TOK_S = printOf('tok/s', []);

function RowCard({ title, row: { label, facts, published, ours, error, basis } }: { readonly title: string; readonly row: PublishedRow }) {
  const figures = [
    ['Published', published === undefined ? '–' : `${figureText(published, TOK_S)} tok/s`],
    ['Ours', ours === undefined ? '–' : `${figureText(ours, TOK_S)} tok/s`],
    ['Error', error === undefined ? '–' : errorText(error)],
  ] as const;
  return (
    <div className="card">
      <header>
        <strong>{title}</strong>
      </header>
      <p className="card-note">
        TP {facts.at(0)}, {label} tokens
      </p>
      <table>
        <tbody>
          {figures.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {basis !== undefined && <footer>{BASIS_NAMES[basis]}</footer>}
    </div>
  );
}

