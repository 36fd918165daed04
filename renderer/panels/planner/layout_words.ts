/** What each way to lay a model out over chips is called and what it means, in plain words; Pope et al., arXiv 2211.05102, section 3. */
import { FFN_LAYOUT_NAMES, type AttentionLayout, type FfnLayout, type Phase, type PlanLayout } from '../../../engine/protocol/plan.ts';

export interface LayoutWords {
  readonly name: string;
  /** For a narrow place. */
  readonly short: string;
  readonly meaning: string;
}

export const FFN_WORDS: Readonly<Record<FfnLayout, LayoutWords>> = {
  ws_1d: {
    name: capital(FFN_LAYOUT_NAMES.ws_1d),
    short: '1D',
    meaning:
      'Weights stay where they are: every matrix is cut into one slice per chip along the width of the FFN. In every layer all chips exchange the activations of all tokens. This is ordinary tensor parallelism. What is sent does not shrink with more chips.',
  },
  ws_2d: {
    name: capital(FFN_LAYOUT_NAMES.ws_2d),
    short: '2D',
    meaning:
      'Weights stay where they are, cut both ways: the hidden size over axis X, the width of the FFN over Y and Z. A chip needs only a part of the activations, so what is sent shrinks with the square root of the chips. Good for decode and for many chips.',
  },
  wg_x: {
    name: capital(FFN_LAYOUT_NAMES.wg_x),
    short: 'WG X',
    meaning:
      'Weights travel: before each layer the chips along axis X collect each other’s weights, and each then works on its own share of the batch. Moving weights costs the same however many tokens there are, so it pays off in large prefills.',
  },
  wg_xy: {
    name: capital(FFN_LAYOUT_NAMES.wg_xy),
    short: 'WG XY',
    meaning:
      'Weights travel over two axes of the mesh: more weights and fewer activations are sent than with axis X alone. For larger batches still.',
  },
  wg_xyz: {
    name: capital(FFN_LAYOUT_NAMES.wg_xyz),
    short: 'WG XYZ',
    meaning:
      'Every chip collects all weights of a layer and works on whole sequences of its own: weights are all that is sent. For the largest batches.',
  },
};

export const ATTENTION_WORDS: Readonly<Record<AttentionLayout, LayoutWords>> = {
  heads: {
    name: 'Attention over heads',
    short: 'heads',
    meaning:
      'Each chip computes some of the heads. Where there are fewer KV heads than chips they are copied, and the KV cache on a chip no longer shrinks.',
  },
  grouped: {
    name: 'Attention over KV heads and batch',
    short: 'both',
    meaning: 'KV heads are divided as far as there are any, sequences of the batch over the rest of the chips: no KV head is copied.',
  },
  batch: {
    name: 'Attention over batch',
    short: 'batch',
    meaning:
      'Each chip computes all heads for some of the sequences. The KV cache is divided over all chips without copies; queries are sent to the chips of their sequences and results back.',
  },
};

export const PHASE_NAMES: Readonly<Record<Phase, string>> = { prefill: 'Prefill', decode: 'Decode' };

export function meshText({ x, y, z }: PlanLayout['mesh']): string {
  return `${x} × ${y} × ${z}`;
}

/** `Weight-stationary 2D on 4 × 4 × 4, attention over batch`. */
export function layoutText({ ffn, mesh, attention }: Pick<PlanLayout, 'ffn' | 'mesh' | 'attention'>): string {
  return `${FFN_WORDS[ffn].name} on ${meshText(mesh)}, ${lower(ATTENTION_WORDS[attention].name)}`;
}

/** How one layout divides weights and heads, for its tooltip. */
export function layoutMeaning({ ffn, mesh, gathered_chips: gathered, attention, head_ways: heads, batch_ways: batch }: PlanLayout): string {
  const weights =
    gathered > 1
      ? `Here ${gathered} chips collect each other’s weights, so the batch is divided ${gathered} ways.`
      : `Here the hidden size is divided ${mesh.x} ways and the width of the FFN ${mesh.y * mesh.z} ways.`;
  const division = `Here heads are divided ${heads} ways, sequences ${batch} ways.`;
  return `${FFN_WORDS[ffn].name}. ${FFN_WORDS[ffn].meaning} ${weights}\n\n${ATTENTION_WORDS[attention].name}. ${ATTENTION_WORDS[attention].meaning} ${division}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function lower(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
