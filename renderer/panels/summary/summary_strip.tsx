/** The child in one line: what it scores, what it takes, and how that compares with the parent. */
import { useStore } from 'zustand';
import { quantityOf, type Quantity } from '../../state/columns.ts';
import { documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import { objectiveOf } from '../../state/problem.ts';
import { isStale, shownSolution, solveStore } from '../../state/solve_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { ChangedLayers } from './changed_layers.tsx';
import { summaryItems, type SummaryItem } from './summary_model.ts';
import './summary.css';

export function SummaryStrip({ library }: { readonly library: OpenLibrary }) {
  const solution = useStore(solveStore, shownSolution);
  const stale = useStore(solveStore, isStale);
  const objective = useStore(documentStore, (state) => objectiveOf(state.document, library.view));
  const limits = useStore(documentStore, (state) => state.document.limits);
  return (
    <section className={stale ? 'summary summary-stale' : 'summary'} aria-label="Summary of the child" data-testid="summary" data-stale={stale}>
      {summaryItems(library, objective, limits, solution).map((item) => (
        <Item key={item.id} item={item} quantity={quantityOf(library.view, item.id)} />
      ))}
      <ChangedLayers library={library} />
    </section>
  );
}

function Item({ item, quantity }: { readonly item: SummaryItem; readonly quantity: Quantity }) {
  const { value, parent } = item;
  return (
    <dl className="summary-item" data-testid={`summary-${item.id}`} data-value={value}>
      <dt>
        <span className="summary-label">{item.isObjective && <span className="visually-hidden">Objective: </span>}
          {quantity.label}</span>
        {quantity.estimated && <Badge text="est." tone="warning" />}
      </dt>
      <Tooltip
        text={`${quantity.provenance}${measurementText(quantity)}\n${quantity.better === 'lower' ? 'Lower' : 'Higher'} is better.`}
      >
        <dd className="summary-value">
          <span className={quantity.estimated ? 'estimated' : undefined}>{value === undefined ? '–' : formatValue(value, quantity.unit)}</span>
          {quantity.unit !== '' && !quantity.unit.startsWith('param') && <span className="summary-unit">{quantity.unit}</span>}
        </dd>
      </Tooltip>
      <dd className="summary-parent">
        {item.change !== undefined && (
          <span className={`summary-change summary-${item.change.kind}`}>{item.change.text}</span>
        )}
        {parent !== undefined && (
          <span>
            <span className="summary-word">parent </span>
            {formatValue(parent, quantity.unit)}
          </span>
        )}
      </dd>
    </dl>
  );
}

function measurementText({ measurement }: Quantity): string {
  if (measurement === undefined) return '';
  const { device, batch, isl, osl, sequence, tp } = measurement;
  const lengths = isl !== undefined && osl !== undefined ? `${isl} in + ${osl} out tokens` : sequence === undefined ? undefined : `${sequence} tokens`;
  const parts = [device, tp === undefined ? undefined : `TP ${tp}`, batch === undefined ? undefined : `batch ${batch}`, lengths];
  return `\n${parts.filter((part) => part !== undefined).join(', ')}`;
}

