/** Where the figures come from, and what they do not show. */
import type { LibraryView } from '../../../engine/protocol/library.ts';
import type { ReferenceComparison } from '../../../engine/protocol/reference.ts';
import { columnOf } from '../../state/columns.ts';
import { referenceSides, type ReferenceSide } from '../../state/reference_sides.ts';
import { Badge } from '../../widgets/badge.tsx';

export function Sources({ comparison, view }: { readonly comparison: ReferenceComparison; readonly view: LibraryView }) {
  const sides = referenceSides(comparison);
  const quality = columnOf(view, comparison.answers[0]?.problem.objective ?? view.header.default_objective)?.provenance;
  const published = new Set(sides.flatMap(({ model }) => model.published.map(({ source }) => source)));
  const bands = new Set(sides.flatMap(({ model }) => model.report.band.reasons));
  const notes = sharedNotes(sides);
  const crowded = sides.filter(({ model, batch }) => batch > model.report.max_batch);
  return (
    <section className="reference-sources selectable" aria-label="Sources" data-testid="reference-sources">
      <h3>What stands behind the figures</h3>
      <dl>
        <dt>
          Throughput and latency <Badge text={comparison.provenance.kind} />
        </dt>
        <dd>
          {comparison.provenance.source} Band: {[...bands].join('; ')}.
        </dd>
        {notes.length > 0 && (
          <>
            <dt>Kernels</dt>
            <dd>
              {notes.map((note) => (
                <p key={note}>{note}</p>
              ))}
            </dd>
          </>
        )}
        {quality !== undefined && (
          <>
            <dt>
              Quality <Badge text={quality.kind} tone={quality.kind === 'estimated' ? 'warning' : 'neutral'} />
            </dt>
            <dd>
              {quality.source}. Ours come out better because this estimate is what the search minimises; that is no finding about the models, nor is the
              agreement with NVIDIA’s choices.
            </dd>
          </>
        )}
        <dt>
          Published figures <Badge text="published" />
        </dt>
        <dd>
          {[...published].join('; ')}. Of NVIDIA’s 40B only figures were published, so its layers cannot be compared.
        </dd>
        <dt>Released architecture</dt>
        <dd>{comparison.released.architecture.source}</dd>
        {crowded.length > 0 && (
          <>
            <dt>Batches</dt>
            <dd>
              The problems count one byte per parameter in 80 GB. With embeddings and head in 16 bit and the memory that a server keeps back,{' '}
              {crowded.map(({ name, batch, model }) => `${name.replace(/^Ours, /, 'our ')} child holds ${model.report.max_batch} sequences rather than ${batch}`).join(' and ')}.
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** Notes of several models that differ only in their first sentence say the rest once. */
function sharedNotes(sides: readonly ReferenceSide[]): readonly string[] {
  const byRest = new Map<string, string[]>();
  for (const { name, model } of sides) {
    for (const note of model.report.notes) {
      const end = note.indexOf('. ') + 1;
      const rest = note.slice(end).trim();
      byRest.set(rest, [...(byRest.get(rest) ?? []), `${name}: ${note.slice(0, end)}`]);
    }
  }
  return [...byRest].map(([rest, first]) => `${first.join(' ')} ${rest}`);
}
