/** A checkpoint folder that is to be a parent, looked at by the engine: what it is, and which variants suit it. */
import type { CallParams } from '../../engine/protocol/api.ts';
import { toErrorPayload, WorkbenchError, type ErrorPayload } from '../../engine/protocol/errors.ts';
import type { Architecture } from '../../engine/protocol/variant.ts';
import { track } from './activity.ts';
import { engineClient } from './engine_store.ts';
import { blockOf, type OwnBlock } from './train_draft.ts';

export type ParentReading =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'read';
      /** As the plan has it. */
      readonly folder: string;
      readonly architecture: Architecture;
      readonly own: OwnBlock;
      /** Proposals for the search space. */
      readonly kvHeads: string;
      readonly widths: string;
      readonly hasTokenizer: boolean;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'failed'; readonly error: ErrorPayload };

export async function readParent(place: CallParams<'train.read_parent'>): Promise<ParentReading> {
  const client = engineClient();
  try {
    if (client === undefined) throw new WorkbenchError('engine_gone', 'The engine is not running yet; try again in a moment.', { retryable: true });
    const { folder, architecture, tokenizer, notes } = await track(client.call('train.read_parent', place));
    const own = blockOf(architecture);
    if (own === undefined) {
      throw new WorkbenchError('bad_input', `${folder}: the layers of ${architecture.name} are no full blocks of attention and FFN.`, { hint: 'Open a model of the Llama family whose layers are all the same.' });
    }
    return { kind: 'read', folder, architecture, own, ...proposals(own), hasTokenizer: tokenizer !== undefined, notes };
  } catch (error) {
    return { kind: 'failed', error: toErrorPayload(error) };
  }
}

/** Halved KV heads down to one; widths at 75, 50 and 25 %, multiples of 16 as in Puzzle's space where that is possible. */
export function proposals({ kvHeads, width }: Pick<OwnBlock, 'kvHeads' | 'width'>): { readonly kvHeads: string; readonly widths: string } {
  const heads: number[] = [];
  for (let count = kvHeads; count % 2 === 0; count /= 2) heads.push(count / 2);
  const grain = width % 64 === 0 ? 16 : 1;
  const widths = [0.75, 0.5, 0.25].map((share) => Math.max(grain, Math.round((share * width) / grain) * grain)).filter((one) => one < width);
  return { kvHeads: heads.slice(0, 3).join(', '), widths: [...new Set(widths)].join(', ') };
}
