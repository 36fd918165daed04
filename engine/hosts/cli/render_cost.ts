/** A cost report for people to read. */
import type { CostReport, CostTraffic, Deployment, LayerCost } from '../../protocol/cost.ts';
import { rough, table } from './table.ts';

const GB = 1e9;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function renderCost(report: CostReport, deployment: Deployment, { isl, osl }: CostTraffic): string {
  const { band, memory, step_ms: step } = report;
  const within = (value: number): string => `${rough(value)}  (${rough(value * band.low)} to ${rough(value * band.high)})`;
  const times = (value: number): string => (value === 0 ? '-' : `${rough(value)} ms  (${rough(value / band.high)} to ${rough(value / band.low)})`);
  const gb = (bytes: number): string => `${rough(bytes / GB)} GB`;
  const { gpus } = report;
  const lines = [
    `${report.name} on ${placeOf(report, deployment)}, ${formatsOf(deployment)}; ${whole.format(isl)} prompt and ${whole.format(osl)} generated tokens`,
    '',
    `  output_tok_s           ${within(report.output_tok_s)}`,
    ...(gpus > 1 ? [`  output_tok_s_per_gpu   ${within(report.output_tok_s_per_gpu)}`] : []),
    `  total_tok_s            ${within(report.total_tok_s)}`,
    `  ttft_ms                ${times(report.ttft_ms)}`,
    `  itl_ms                 ${times(report.itl_ms)}`,
    `  batch                  ${batchText(report)}`,
    ...(report.tokens_per_step > 1 ? [`  tokens per step        ${rough(report.tokens_per_step)}`] : []),
    ...(report.price_per_million_output_tokens === undefined ? [] : [`  price                  ${rough(report.price_per_million_output_tokens)} per million generated tokens`]),
    `  parameters             ${whole.format(report.params)}`,
    `  KV cache per token     ${whole.format(report.kv_bytes_per_token)} bytes`,
    `  memory per device      ${gb(memory.device_bytes)}: weights ${gb(memory.weights_bytes_per_gpu)}, cache ${gb(memory.kv_cache_bytes_per_gpu)}, reserve ${gb(memory.reserve_bytes)}, work space ${gb(memory.activations_bytes)}, not used ${gb(Math.max(0, memory.device_bytes - memory.weights_bytes_per_gpu - memory.kv_cache_bytes_per_gpu - memory.reserve_bytes - memory.activations_bytes))}`,
    '',
    ...(step.total > 0 ? [...stepTable(step), ''] : []),
    ...(report.stages.length > 1 ? [...stageTable(report), ''] : []),
    ...layerTable(report.layers),
    '',
    ...report.notes.map((note) => `Note: ${note}`),
    `Source: ${report.provenance.kind}, ${report.provenance.source}`,
    `Band: ${band.reasons.join('; ')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function placeOf({ gpus }: CostReport, { device, tp, pp, dp }: Deployment): string {
  const ways = [tp > 1 ? `tp ${tp}` : '', pp > 1 ? `pp ${pp}` : '', dp > 1 ? `dp ${dp}` : ''].filter((way) => way !== '');
  return `${gpus > 1 ? `${gpus} x ` : ''}${device}${ways.length > 0 ? ` (${ways.join(', ')})` : ''}`;
}

function formatsOf({ weights, activations, kv }: Deployment): string {
  return weights === activations && weights === kv ? weights : `${weights} weights, ${activations} activations, ${kv} cache`;
}

function batchText({ batch, max_batch: most, batch_limit: limit }: CostReport): string {
  if (most < 1 && batch < 1) return 'not one sequence fits';
  if (limit === 'asked') return `${whole.format(batch)} as asked; ${whole.format(most)} fit`;
  return `${whole.format(batch)}, ${limit === 'memory' ? 'as many as the memory holds' : 'the most that the serving program takes'}`;
}

function stepTable(step: CostReport['step_ms']): string[] {
  const parts = (
    [
      ['matrix products', step.gemm],
      ['attention', step.attention],
      ['all-reduce', step.all_reduce],
      ['element-wise', step.element_wise],
      ['head', step.outside],
      ['overhead', step.overhead],
    ] as const
  ).filter(([, ms]) => ms > 0);
  return table(['one step', 'ms', 'share'], [...parts.map(([name, ms]) => [name, rough(ms), percent(ms / step.total)]), ['in all', rough(step.total), '100 %']]);
}

function stageTable({ stages }: CostReport): string[] {
  return table(
    ['stage', 'layers', 'step ms', 'weights GB'],
    stages.map((stage, index) => [String(index), `${stage.first_layer}-${stage.last_layer}`, rough(stage.step_ms), rough(stage.weights_bytes_per_gpu / GB)]),
  );
}

/** Runs of equal neighbouring layers in one line each. */
function layerTable(layers: readonly LayerCost[]): string[] {
  const rows: string[][] = [];
  for (let start = 0; start < layers.length; ) {
    const first = layers[start];
    if (first === undefined) break;
    let end = start;
    while (layers[end + 1]?.variant === first.variant && layers[end + 1]?.attention_us === first.attention_us && layers[end + 1]?.ffn_us === first.ffn_us) end++;
    rows.push([start === end ? String(start) : `${start}-${end}`, first.variant, rough(first.attention_us), rough(first.ffn_us), rough(first.weights_bytes / 2 ** 20), whole.format(first.kv_bytes_per_token)]);
    start = end + 1;
  }
  return table(['layers', 'block', 'attention us', 'FFN us', 'weights MiB', 'KV bytes/token'], rows);
}
