/** The leading sentences; figures are set apart and tell their origin on hover or focus. */
import type { Phrase, Sentence } from './lead.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';

interface LeadProps {
  readonly sentences: readonly Sentence[];
  /** Comes later than the rest, and may still be the previous problem's. */
  readonly decision: Sentence | undefined;
  readonly stale: boolean;
  readonly past: boolean;
  readonly later: boolean;
}

export function Lead({ sentences, decision, stale, past, later }: LeadProps) {
  return (
    <div className="reasons-lead selectable" data-testid="reasons-lead">
      {past && <p className="reasons-past">This was the last child that met its limits:</p>}
      {later && <p className="reasons-past">About the first solution; the one on screen differs from it by request.</p>}
      {sentences.map((sentence, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- sentences have no other identity than their place
        <p key={index}>
          <Words sentence={sentence} />
        </p>
      ))}
      {decision !== undefined && (
        <p className={stale ? 'is-stale' : undefined}>
          <Words sentence={decision} />
        </p>
      )}
    </div>
  );
}

function Words({ sentence }: { readonly sentence: Sentence }) {
  // oxlint-disable-next-line react/no-array-index-key -- phrases have no other identity than their place
  return sentence.map((phrase, at) => <Word key={at} phrase={phrase} />);
}

function Word({ phrase: { text, strong = false, estimated = false, source } }: { readonly phrase: Phrase }) {
  const className = estimated ? 'estimated' : undefined;
  const words = strong ? <strong className={className}>{text}</strong> : <span className={className}>{text}</span>;
  if (source === undefined) return words;
  return (
    <Tooltip text={source}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- its origin must be there for the keyboard, too */}
      <span tabIndex={0}>{words}</span>
    </Tooltip>
  );
}
