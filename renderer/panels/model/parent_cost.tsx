/** The parent as it would be served, before anything is searched: what there is to improve on. */
import type { CostReport } from '../../../engine/protocol/cost.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { Badge } from '../../widgets/badge.tsx';
import type { ParentCost } from './use_parent_cost.ts';

export function ParentCostView({ cost, tp }: { readonly cost: ParentCost; readonly tp: number }) {
  const { report, error, stale } = cost;
  if (error !== undefined) {
    return (
      <p className="form-failure" role="alert" data-testid="parent-cost-problem">
        {error.message} {error.hint}
      </p>
    );
  }
  if (report === undefined) return <p className="muted parent-cost-empty">Costing the parent…</p>;
  const { memory } = report;
  const fits = report.max_batch >= 1;
  return (
    <div className={stale ? 'parent-cost parent-cost-stale' : 'parent-cost'} data-testid="parent-cost" data-stale={stale}>
      <p className="parent-cost-line">
        <strong>The parent there: </strong>
        {fits ? lineOf(report) : `it does not fit ${tp === 1 ? 'one device' : `${tp} devices`}; children that do can still be found.`}
      </p>
      <dl className="parent-cost-facts">
        <Fact name="Parameters" text={formatCount(report.params)} />
        <Fact name={tp === 1 ? 'Weights' : 'Weights per device'} text={`${gigabytes(memory.weights_bytes_per_gpu)} of ${gigabytes(memory.device_bytes)}`} />
        <Fact name="KV cache per token" text={`${formatValue(report.kv_bytes_per_token / 1024, 'KiB')} KiB`} />
        {fits && <Fact name="First token" text={`${formatValue(report.ttft_ms, 'ms')} ms`} />}
        {fits && <Fact name="Between tokens" text={`${formatValue(report.itl_ms, 'ms')} ms`} />}
      </dl>
      <p className="parent-cost-source">
        <Badge text={report.provenance.kind} tone={report.provenance.kind === 'calibrated' ? 'neutral' : 'warning'} />{' '}
        <span className="muted">{bandText(report)}</span>
      </p>
    </div>
  );
}

function lineOf({ output_tok_s: rate, max_batch: batch, batch_limit: limit }: CostReport): string {
  const sequences = Math.floor(batch).toLocaleString('en-US');
  return `${formatValue(rate, 'tok/s')} tok/s generated, fits ${sequences} ${batch >= 2 ? 'sequences' : 'sequence'}${limit === 'program' ? ', the most the program takes' : ''}.`;
}

function bandText({ band: { low, high, reasons } }: CostReport): string {
  const range = `Nine times in ten within −${Math.round(100 * (1 - low))} % and +${Math.round(100 * (high - 1))} %`;
  return reasons.length === 0 ? `${range}.` : `${range}: ${reasons.map((reason) => reason.replace(/^[^:]*: /, '')).join('; ')}.`;
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function gigabytes(bytes: number): string {
  return `${formatValue(bytes / 1e9, 'GB')} GB`;
}
