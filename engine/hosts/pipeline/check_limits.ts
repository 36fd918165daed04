/** Whether a child can obey each set of a plan's limits: sizes follow from shapes alone, so that is known before training. */
import { attentionParams, blockParams, ffnParams, kvBytesPerToken, nonBlockParams } from '../../architecture/count.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { Plan } from '../../protocol/train.ts';
import type { Architecture } from '../../protocol/variant.ts';

/** @throws WorkbenchError `bad_input` naming the first set out of reach, and how far down a child can go */
export function checkLimits(plan: Plan, { shape, blocks }: Architecture): void {
  const { attentions, ffns, spans = [] } = plan.space;
  const outside = nonBlockParams(shape);
  const total = { params: outside, kv: 0 };
  for (const block of blocks) {
    total.params += blockParams(shape, block);
    total.kv += kvBytesPerToken(shape, block.attention, 1);
  }
  const smallest = {
    params: outside + least(blocks.length, spans, Math.min(...attentions.map((attention) => attentionParams(shape, attention))) + Math.min(...ffns.map((ffn) => ffnParams(shape, ffn)))),
    kv: least(blocks.length, spans, Math.min(...attentions.map((attention) => kvBytesPerToken(shape, attention, 1)))),
  };
  plan.limits.forEach((limits, set) => {
    for (const [what, name] of [['params', 'parameters'], ['kv', 'KV cache']] as const) {
      const share = smallest[what] / total[what];
      if (limits[what] >= share) continue;
      throw new WorkbenchError('bad_input', `No child has at most ${percent(limits[what])} of the parent's ${name}: the smallest in the search space has ${percent(Math.ceil(1000 * share) / 1000)}.`, {
        hint: 'Raise that limit, or add smaller variants to the search space.',
        details: { path: `limits[${set}].${what}`, expected: `at least ${share}`, found: String(limits[what]) },
      });
    }
  });
}

/** Least total over all layers, where each block costs `block` and may stand for a single layer or one of the spans. */
function least(layers: number, spans: readonly (readonly number[])[], block: number): number {
  const upTo = [0];
  for (let end = 1; end <= layers; end++) {
    const starts = [end - 1, ...spans.filter((span) => span.at(-1) === end - 1).map(([first = 0]) => first)];
    upTo.push(Math.min(...starts.map((start) => (upTo[start] ?? Infinity) + block)));
  }
  return upTo[layers] ?? 0;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
