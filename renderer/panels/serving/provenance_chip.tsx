/** Where computed figures come from, in a word, with the source behind it. */
import type { Provenance } from '../../../engine/protocol/library.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';

const TONES: Readonly<Record<Provenance['kind'], 'neutral' | 'ok' | 'warning'>> = {
  exact: 'ok',
  measured: 'ok',
  imported: 'neutral',
  published: 'neutral',
  calibrated: 'neutral',
  transferred: 'warning',
  estimated: 'warning',
};

export function ProvenanceChip({ provenance: { kind, source } }: { readonly provenance: Provenance }) {
  return (
    <Tooltip text={source}>
      <span>
        <Badge text={kind} tone={TONES[kind]} />
      </span>
    </Tooltip>
  );
}
