/** How well each kind of kernel is described, on measurements that the fit did not see. */
import type { FitError } from '../../../engine/protocol/hardware.ts';
import { formatPercent } from '../../state/format.ts';
import { KERNEL_NAMES, variantText } from './calibration_text.ts';

export function ErrorTable({ errors }: { readonly errors: readonly FitError[] }) {
  return (
    <table className="fit-errors" data-testid="fit-errors">
      <caption className="visually-hidden">Errors on measurements that the fit did not see</caption>
      <thead>
        <tr>
          <th scope="col">Kernel</th>
          <th scope="col">Of</th>
          <th scope="col" className="is-number">
            Measured
          </th>
          <th scope="col" className="is-number">
            Judged unseen
          </th>
          <th scope="col" className="is-number">
            Half within
          </th>
          <th scope="col" className="is-number">
            90 % within
          </th>
        </tr>
      </thead>
      <tbody>
        {errors.map((error) => (
          <tr key={`${error.kernel} ${error.of}`}>
            <th scope="row">{KERNEL_NAMES[error.kernel]}</th>
            <td>{variantText(error)}</td>
            <td className="is-number">{error.rows.toLocaleString('en-US')}</td>
            <td className="is-number">{error.held_out.toLocaleString('en-US')}</td>
            <td className="is-number">{error.held_out === 0 ? '–' : formatPercent(error.median_ape)}</td>
            <td className="is-number">{error.held_out === 0 ? '–' : formatPercent(error.p90_ape)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
