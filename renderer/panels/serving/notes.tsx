/** What the reader should know: remarks of the reports, why bands are as wide as they are, and what is not shown. */
import { Icon } from '../../widgets/icon.tsx';
import { groupedTexts } from './grouped_texts.ts';
import type { ServingModel } from './serving_model.ts';

interface NotesProps {
  readonly model: ServingModel;
  readonly elsewhere: readonly { readonly name: string; readonly reason: string }[];
}

export function Notes({ model: { reports, stale }, elsewhere }: NotesProps) {
  const notes = groupedTexts(reports.map(({ name, report }) => ({ name, texts: report.notes })));
  const reasons = groupedTexts(reports.map(({ name, report }) => ({ name, texts: report.band.reasons })));
  return (
    <div className={stale ? 'serving-notes is-stale' : 'serving-notes'} data-testid="serving-notes">
      {notes.map(({ text, names }) => (
        <p key={text} className="serving-note">
          <Icon name="info" size={14} />
          <span>
            {names !== undefined && <strong>{names}: </strong>}
            {text}
          </span>
        </p>
      ))}
      {reasons.length > 0 && (
        <p className="muted">
          Bands:{' '}
          {reasons.map(({ text, names }, index) => (
            <span key={text}>
              {index > 0 && '; '}
              {text}
              {names !== undefined && ` (${names})`}
            </span>
          ))}
          . About nine of ten published throughputs lie within such a band; the Published view shows all.
        </p>
      )}
      {elsewhere.length > 0 && (
        <p className="muted" data-testid="serving-elsewhere">
          <strong>Not shown:</strong> {elsewhere.map(({ name, reason }) => `${name} (${reason})`).join('; ')}
        </p>
      )}
    </div>
  );
}
