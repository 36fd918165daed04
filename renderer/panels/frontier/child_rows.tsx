/** A child's figures as rows of a card: its score, what the plot is about, the usual totals, and how far it is from the child on screen. */
import { useStore } from 'zustand';
import { quantityOf, type Quantity } from '../../state/columns.ts';
import { changedLayers } from '../../state/derived_marks.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import { shownSolution, solveStore } from '../../state/solve_store.ts';

interface ChildRowsProps {
  readonly library: OpenLibrary;
  readonly objective: Quantity;
  readonly score: number | undefined;
  readonly costs: Readonly<Record<string, number>>;
  readonly choices: readonly number[];
  /** Columns to name first. */
  readonly over: readonly string[];
}

const USUAL = ['total_tok_s', 'memory_mib', 'runtime_ms', 'num_params'] as const;

export function ChildRows({ library: { view }, objective, score, costs, choices, over }: ChildRowsProps) {
  const shown = useStore(solveStore, shownSolution);
  const ids = [...new Set<string>([...over, ...USUAL])].filter((id) => id !== objective.id);
  const different = shown === undefined ? undefined : changedLayers(view, choices, shown.choices).length;
  return (
    <table>
      <tbody>
        <Row quantity={objective} value={score} />
        {ids.map((id) => (
          <Row key={id} quantity={quantityOf(view, id)} value={costs[id]} />
        ))}
        {different !== undefined && (
          <tr>
            <th scope="row">Against the child on screen</th>
            <td>{different === 0 ? 'the same' : `${different} ${different === 1 ? 'layer differs' : 'layers differ'}`}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Row({ quantity, value }: { readonly quantity: Quantity; readonly value: number | undefined }) {
  if (value === undefined) return undefined;
  return (
    <tr>
      <th scope="row">{quantity.label}</th>
      <td className={quantity.estimated ? 'estimated' : ''}>{formatWithUnit(value, quantity.unit)}</td>
    </tr>
  );
}
