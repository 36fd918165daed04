/** What the figures are for, how far off they may be, what was assumed, and what the layouts are. */
import type { ReactNode } from 'react';
import { ATTENTION_LAYOUTS, FFN_LAYOUTS, type PlanResult } from '../../../engine/protocol/plan.ts';
import { formatCount, formatPercent } from '../../state/format.ts';
import { Icon } from '../../widgets/icon.tsx';
import { bytesText, countText, figureText } from '../serving/figures.ts';
import { LayoutSign } from './layout_look.tsx';
import { ATTENTION_WORDS, FFN_WORDS } from './layout_words.ts';

interface NotesProps {
  readonly plan: PlanResult;
  readonly stale: boolean;
}

export function PlanNotes({ plan, stale }: NotesProps) {
  const { band, notes, provenance } = plan;
  return (
    <div className={stale ? 'serving-notes is-stale' : 'serving-notes'} data-testid="planner-notes">
      <p className="muted">{modelText(plan)}</p>
      <p className="muted">{hardwareText(plan)}</p>
      <p className="muted">
        Source: {provenance.source}. Band: {band.low} to {band.high} times these times; {band.reasons.join('; ')}.
      </p>
      {notes.map((text) => (
        <p key={text} className="serving-note planner-note">
          <Icon name="info" size={14} />
          <span>{text}</span>
        </p>
      ))}
    </div>
  );
}

export function LayoutGuide() {
  return (
    <details className="planner-guide" data-testid="planner-guide">
      <summary>What these layouts are</summary>
      <dl>
        {FFN_LAYOUTS.map((ffn) => (
          <Term key={ffn} sign={<LayoutSign ffn={ffn} />} {...FFN_WORDS[ffn]} />
        ))}
        {ATTENTION_LAYOUTS.map((attention) => (
          <Term key={attention} sign={<LayoutSign attention={attention} />} {...ATTENTION_WORDS[attention]} />
        ))}
      </dl>
      <p className="muted">
        Weights are stored alike under all of them, so that prefill and decode may differ. After Pope et al., “Efficiently Scaling Transformer Inference”, arXiv 2211.05102.
      </p>
    </details>
  );
}

function Term({ sign, name, meaning }: { readonly sign: ReactNode; readonly name: string; readonly meaning: string }) {
  return (
    <div>
      <dt>
        {sign} {name}
      </dt>
      <dd>{meaning}</dd>
    </div>
  );
}

function modelText({ model }: PlanResult): string {
  const heads = `${model.heads} heads of ${model.head_dim}${model.kv_heads === 0 ? '' : `, ${model.kv_heads === 1 ? 'one KV head' : `${model.kv_heads} KV heads`}`}`;
  const sizes = `${countText(model.layers)} layers, hidden size ${countText(model.hidden)}, FFN ${countText(model.ffn)}, ${heads}`;
  const side = model.parallel_block ? 'attention and FFN side by side' : 'attention and FFN one after the other';
  return `${model.name}: ${formatCount(model.params)} parameters, ${sizes}, ${bytesText(model.kv_bytes_per_token)} of keys and values per token, ${side}.`;
}

function hardwareText({ hardware, device, chips }: PlanResult): string {
  const { shares } = hardware;
  const peak = `${figureText(hardware.peak_tflops)} TFLOP/s ${hardware.compute_format} (${formatPercent(shares.compute, 0)} attained)`;
  const memory = `${bytesText(hardware.memory_bytes)} at ${figureText(hardware.memory_gb_s)} GB/s (${formatPercent(shares.memory, 0)})`;
  const network = `${figureText(hardware.network_gb_s)} GB/s to others (${formatPercent(shares.network, 0)})`;
  return `${chips} × ${device}, each: ${peak}, ${memory}, ${network}, ${figureText(hardware.layer_latency_us)} µs per layer besides.`;
}
