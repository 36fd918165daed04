/** Every architecture's figures at the chosen batch, with how far off they may be and where they come from. */
import { countText, bandText, bytesText, durationText, figureText, priceText } from './figures.ts';
import { formatCount } from '../../state/format.ts';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { ProvenanceChip } from './provenance_chip.tsx';
import { isEstimate, type SectionProps, type ServedReport } from './serving_model.ts';
import { Swatch } from './swatch.tsx';

export function SummaryTable({ model: { reports, failures, unit, stale } }: SectionProps) {
  const parent = reports.find(({ kind }) => kind === 'parent')?.report.output_tok_s_per_gpu;
  const priced = reports.some(({ report }) => report.price_per_million_output_tokens !== undefined);
  const drafted = reports.some(({ report }) => report.tokens_per_step !== 1);
  return (
    <div className={stale ? 'table-scroll is-stale' : 'table-scroll'}>
      <table className="data-table serving-table serving-summary" data-testid="serving-summary">
        <caption className="visually-hidden">Figures at the chosen batch</caption>
        <thead>
          <tr>
            <th scope="col">Architecture</th>
            <Head label={`Per ${unit}`} unit="tok/s" title={`Generated tokens per second and ${unit}, with the band they lie in`} />
            <Head label="Generated" unit="tok/s" title="Generated tokens per second, of all copies together" />
            <Head label="All" unit="tok/s" title="Prompt and generated tokens per second" />
            <Head label="TTFT" title="Time to first token of a prompt that is admitted at once" />
            <Head label="ITL" title="Time between tokens of one sequence" />
            {drafted && <Head label="Tokens" unit="per step" title="Generated tokens per step and sequence, where drafts are checked" />}
            <Head label="Batch" title="Sequences that the figures are for, and the most that fit, per copy" />
            {priced && <Head label="Price" unit="per million" title="Per million generated tokens" />}
            <th scope="col">Band</th>
            <th scope="col">Source</th>
          </tr>
        </thead>
        <tbody>
          {reports.map((served) => (
            <Row key={served.id} served={served} parent={parent} priced={priced} drafted={drafted} />
          ))}
          {failures.map(({ id, name, message }) => (
            <tr key={id} data-testid={`serving-failed-${id}`}>
              <th scope="row">{name}</th>
              <td colSpan={11} className="serving-problem">
                {message}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ label, unit, title }: { readonly label: string; readonly unit?: string; readonly title: string }) {
  return (
    <th scope="col" className="is-number" title={title}>
      {label} {unit !== undefined && <small>{unit}</small>}
    </th>
  );
}

const FIGURES = ['output', 'total', 'ttft', 'itl', 'tokens'] as const;

interface RowProps {
  readonly served: ServedReport;
  /** The parent's throughput per device, to compare with. */
  readonly parent: number | undefined;
  readonly priced: boolean;
  readonly drafted: boolean;
}

function Row({ served, parent, priced, drafted }: RowProps) {
  const { report, kind } = served;
  const look = isEstimate(report) ? 'estimated' : undefined;
  const ratio = parent === undefined || parent === 0 || kind === 'parent' ? undefined : report.output_tok_s_per_gpu / parent;
  const fits = report.batch > 0;
  const figures = [
    figureText(report.output_tok_s),
    figureText(report.total_tok_s),
    durationText(report.ttft_ms),
    durationText(report.itl_ms),
    ...(drafted ? [figureText(report.tokens_per_step)] : []),
  ];
  return (
    <tr data-testid={`serving-row-${served.id}`} data-kind={kind} data-value={report.output_tok_s_per_gpu} data-itl={report.itl_ms} data-batch={report.batch} data-max-batch={report.max_batch}>
      <th scope="row">
        <span className="serving-name">
          <Swatch served={served} />
          <span>{served.name}</span>
        </span>
        <small>
          {formatCount(report.params)} parameters, {bytesText(report.kv_bytes_per_token)} KV per token
        </small>
      </th>
      <td className="is-number">
        {fits ? <strong className={look}>{figureText(report.output_tok_s_per_gpu)}</strong> : <span className="serving-problem">does not fit</span>}
        {fits && ratio !== undefined && <small>{ratio.toFixed(2)} × parent</small>}
      </td>
      {figures.map((text, index) => (
        <td key={FIGURES[index]} className="is-number">
          {fits ? <span className={look}>{text}</span> : '–'}
        </td>
      ))}
      <td className="is-number">
        {countText(report.batch)}
        <small title={report.batch_limit === 'program' ? 'The most that the serving program takes' : 'The most that fits into memory'}>of {countText(report.max_batch)}</small>
      </td>
      {priced && (
        <td className="is-number">{report.price_per_million_output_tokens === undefined ? '–' : <span className={look}>{priceText(report.price_per_million_output_tokens)}</span>}</td>
      )}
      <td>
        <BandCell report={report} />
      </td>
      <td>
        <ProvenanceChip provenance={report.provenance} />
      </td>
    </tr>
  );
}

/** Of throughput per device. */
function BandCell({ report: { band, output_tok_s_per_gpu: perGpu } }: Pick<ServedReport, 'report'>) {
  return (
    <Tooltip text={band.reasons.join('\n')}>
      <span className="serving-band">
        {perGpu > 0 && `${figureText(perGpu * band.low)} – ${figureText(perGpu * band.high)}`}
        <small>{bandText(band)}</small>
      </span>
    </Tooltip>
  );
}
