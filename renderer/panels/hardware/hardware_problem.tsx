/** Why something could not be kept or removed, inside the dialog that asked for it. */
import type { ErrorPayload } from '../../../engine/protocol/errors.ts';
import '../../widgets/form.css';

export function HardwareProblem({ error }: { readonly error: ErrorPayload | undefined }) {
  if (error === undefined) return undefined;
  return (
    <p className="form-failure" role="alert" data-testid="hardware-problem">
      {error.message} {error.hint}
    </p>
  );
}
