/** The whole page where the engine will not talk to it. */
import type { ErrorPayload } from '../../engine/protocol/errors.ts';
import { Mark } from './mark.tsx';

export function Refused({ reason }: { readonly reason: ErrorPayload }) {
  return (
    <main className="refused" data-testid="refused">
      <Mark size={40} />
      <h1>{reason.message}</h1>
      {reason.hint !== undefined && <p>{reason.hint}</p>}
      {window.workbenchHost === undefined && (
        <p className="muted">Each run of the workbench has an address of its own, so that no other page can reach your files.</p>
      )}
    </main>
  );
}
