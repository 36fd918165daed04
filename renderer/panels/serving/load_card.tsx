/** What is known of one architecture at one number of sequences. */
import type { LoadPoint } from '../../../engine/protocol/cost.ts';
import { countText, durationText, figureText } from './figures.ts';
import { isEstimate, type ServedReport } from './serving_model.ts';

interface LoadCardProps {
  readonly served: ServedReport;
  readonly point: LoadPoint;
  readonly unit: string;
}

export function LoadCard({ served: { name, report }, point, unit }: LoadCardProps) {
  const rows = [
    [`Throughput per ${unit}`, `${figureText(point.output_tok_s_per_gpu)} tok/s`],
    ['Throughput per user', `${figureText(point.output_tok_s_per_user)} tok/s`],
    ['Time to first token', durationText(point.ttft_ms)],
    ...(point.wait_ms > 0 ? ([['of it waiting', durationText(point.wait_ms)]] as const) : []),
    ['Between tokens', durationText(point.itl_ms)],
  ];
  return (
    <div className="card" role="status">
      <header>
        <strong>{name}</strong>
        <span className="muted">
          {countText(point.batch)} {point.batch === 1 ? 'sequence' : 'sequences'}
        </span>
      </header>
      <table>
        <tbody>
          {rows.map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className={isEstimate(report) ? 'estimated' : ''}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!point.fits && (
        <footer>
          <span>
            {countText(Math.min(report.max_batch, point.batch))} run at once, {countText(Math.max(0, point.batch - report.max_batch))} wait
          </span>
        </footer>
      )}
    </div>
  );
}
