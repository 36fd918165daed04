/** One layer of all models beside each other: what it is, what it takes and what it loses. */
import type { ReferenceComparison } from '../../../engine/protocol/reference.ts';
import type { Column } from '../../../engine/protocol/library.ts';
import { choicesOf } from '../../state/children.ts';
import { attentionText, ffnText, layerColumns, shownUnit } from '../../state/derived_layers.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatValue } from '../../state/format.ts';
import { layerAgreement, type LayerAgreement } from '../../state/reference_layers.ts';
import { referenceSides, type ReferenceSide } from '../../state/reference_sides.ts';
import '../../widgets/floating_card.css';

interface ComparedLayerProps {
  readonly layer: number;
  /** Column on the maps. */
  readonly mapped: string | undefined;
  readonly comparison: ReferenceComparison;
  readonly library: OpenLibrary;
}

const USUAL: ReadonlySet<string> = new Set(['runtime_ms', 'memory_mib', 'num_params']);

const AGREEMENT: Readonly<Record<LayerAgreement, string>> = { block: 'same block', attention: 'same attention', ffn: 'same FFN', none: 'different' };

export function ComparedLayer({ layer, mapped, comparison, library: { view } }: ComparedLayerProps) {
  const sides = referenceSides(comparison);
  const columns = layerColumns(view).filter(({ id, role }) => role === 'score' || USUAL.has(id) || id === mapped);
  const choices = sides.map((side) => choicesOf(view, side.model.architecture.blocks)?.[layer]);
  const blocks = sides.map((side) => side.model.architecture.blocks[layer]);
  const agreement = sides.map((side) => (side.answer === undefined ? undefined : layerAgreement(side.model.architecture, comparison.released.architecture)[layer]));
  const value = (column: Column, choice: number | undefined): string => {
    const found = choice === undefined ? undefined : view.values[view.header.columns.indexOf(column)]?.[choice];
    return found === undefined ? '–' : formatValue(found, column.unit);
  };
  return (
    <div className="card reference-card" data-testid="reference-card">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <strong>Layer {layer}</strong>
            </th>
            {sides.map((side) => (
              <th key={side.id} scope="col">
                {shortName(side)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              <i className="swatch swatch-attention" /> Attention
            </th>
            {blocks.map((block, index) => (
              <td key={sides[index].id}>{block === undefined ? '–' : attentionText(block)}</td>
            ))}
          </tr>
          <tr>
            <th scope="row">
              <i className="swatch swatch-ffn" /> FFN
            </th>
            {blocks.map((block, index) => (
              <td key={sides[index].id}>{block === undefined ? '–' : ffnText(block)}</td>
            ))}
          </tr>
          {columns.map((column) => (
            <tr key={column.id}>
              <th scope="row">
                {column.label}
                {shownUnit(column.unit) !== '' && <small> {column.unit}</small>}
              </th>
              {choices.map((choice, index) => (
                <td key={sides[index].id} className={column.provenance.kind === 'estimated' ? 'estimated' : ''}>
                  {value(column, choice)}
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">Against the released</th>
            {agreement.map((kind, index) => (
              <td key={sides[index].id}>{kind === undefined ? '' : AGREEMENT[kind]}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function shortName({ id, answer }: ReferenceSide): string {
  return answer?.problem.name ?? (id === 'parent' ? 'Parent' : 'Released 51B');
}
