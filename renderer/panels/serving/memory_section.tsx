/** Where a device's memory goes: weights, KV cache, work space and what is kept free, against what the device has. */
import { bytesText, countText } from './figures.ts';
import { MEMORY_PARTS, memorySplit } from './memory_parts.ts';
import { StackBar, StackLegend } from './stack_bar.tsx';
import { Swatch } from './swatch.tsx';
import type { SectionProps } from './serving_model.ts';

export function MemorySection({ model: { reports, serving, device, unit, stale } }: SectionProps) {
  const splits = reports.map((served) => ({ served, split: memorySplit(served.report, serving.traffic) }));
  const whole = Math.max(...splits.map(({ split }) => Math.max(split.total, split.device)));
  const { pp } = serving.deployment;
  return (
    <div className={stale ? 'serving-block is-stale' : 'serving-block'} data-testid="serving-memory">
      <StackLegend parts={MEMORY_PARTS}>
        <li className="muted">
          {device === undefined ? '' : `of ${bytesText(device.memory_bytes)} on each ${unit}`}
          {pp > 1 && ', the fullest stage'}
        </li>
      </StackLegend>
      <div className="serving-bars">
        {splits.map(({ served, split }) => (
          <div key={served.id} className="serving-bar-row">
            <span className="serving-bar-name">
              <Swatch served={served} />
              <span>{served.name}</span>
            </span>
            <StackBar
              label={served.name}
              whole={whole}
              limit={split.device}
              parts={MEMORY_PARTS.map(({ id, label }) => ({ id, label, value: split.bytes[id], text: bytesText(split.bytes[id]) }))}
            />
          </div>
        ))}
      </div>
      <div className="table-scroll">
        <table className="data-table serving-table">
          <caption className="visually-hidden">Memory per {unit} by use</caption>
          <thead>
            <tr>
              <th scope="col">Per {unit}</th>
              {['Weights', 'KV cache', 'Activations', 'Reserve', 'Unused', 'KV per token', 'Tokens cached'].map((label) => (
                <th key={label} scope="col" className="is-number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {splits.map(({ served, split }) => (
              <tr key={served.id} data-testid={`serving-memory-${served.id}`} data-weights={split.bytes.weights}>
                <th scope="row">{served.name}</th>
                <td className="is-number">{bytesText(split.bytes.weights)}</td>
                <td className="is-number">{bytesText(split.bytes.kv + split.bytes['kv-free'])}</td>
                <td className="is-number">{bytesText(split.bytes.activations)}</td>
                <td className="is-number">{bytesText(split.bytes.reserve)}</td>
                <td className="is-number">{split.fits ? bytesText(split.bytes.unused) : <span className="serving-problem">{bytesText(split.total - split.device)} too much</span>}</td>
                <td className="is-number">{bytesText(served.report.memory.kv_bytes_per_token_per_gpu)}</td>
                <td className="is-number">{split.tokens === undefined ? '–' : `${pp > 1 ? '≥ ' : ''}${countText(split.tokens)}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
