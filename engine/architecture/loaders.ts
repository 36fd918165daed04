/**
 * Which programs load an architecture exported as DeciLM. None of them reads every variant, and what they refuse
 * they refuse late and obscurely; so the export says it first, with the layers.
 */
import type { LoaderVerdict } from '../protocol/api.ts';
import type { Architecture } from '../protocol/variant.ts';
import { decilmLosses, decilmObstacles, hasUsualHeadDim } from './decilm.ts';
import { layerRanges } from './layer_ranges.ts';

/** A property of an architecture that some loader minds, by the layers of the child that have it. */
interface Traits {
  readonly linearAttention: readonly number[];
  readonly linearFfn: readonly number[];
  readonly attentionWithoutFfn: readonly number[];
  readonly firstWithoutAttention: boolean;
}

/** What one loader says to it: reasons to refuse, and reasons why the outcome is not known. */
interface Loader {
  readonly name: string;
  refusals(traits: Traits): readonly string[];
  doubts(traits: Traits): readonly string[];
  readonly remark?: string;
}

const none = (): readonly string[] => [];

/** vLLM and SGLang share the code: only attention of some width, or nothing, and it starts with attention. */
function servingRefusals({ linearAttention, linearFfn, firstWithoutAttention }: Traits): readonly string[] {
  return [
    ...about('linear attention is not implemented', linearAttention),
    ...about('linear FFN is not implemented', linearFfn),
    ...(firstWithoutAttention ? ['layer 0 must have attention'] : []),
  ];
}

const LOADERS: readonly Loader[] = [
  {
    name: 'Hugging Face Transformers (DeciLM remote code)',
    refusals: none,
    doubts: none,
    remark: 'needs trust_remote_code and the modelling files of a Nemotron-NAS repository',
  },
  { name: 'TensorRT-LLM (PyTorch backend)', refusals: none, doubts: none },
  { name: 'vLLM', refusals: servingRefusals, doubts: none },
  { name: 'SGLang', refusals: servingRefusals, doubts: none },
  {
    name: 'llama.cpp',
    refusals: ({ linearFfn, attentionWithoutFfn }) => [
      ...about('linear FFN is not implemented', linearFfn),
      ...about('a layer without FFN is skipped whole, with the attention that it keeps', attentionWithoutFfn),
    ],
    doubts: none,
  },
  {
    name: 'mlx-lm',
    refusals: none,
    doubts: ({ linearAttention, linearFfn }) =>
      about('the names it gives linear layers do not match those of checkpoints', [...linearAttention, ...linearFfn]),
  },
  {
    name: 'NeMo AutoModel',
    refusals: none,
    doubts: ({ linearAttention, linearFfn }) =>
      about('it is not confirmed that linear layers are implemented', [...linearAttention, ...linearFfn]),
  },
];

/** One verdict for each known loader, with the layers of the child that cause it. */
export function loaderWarnings(architecture: Architecture): LoaderVerdict[] {
  const traits = traitsOf(architecture);
  const obstacles = decilmObstacles(architecture);
  const { shape } = architecture;
  const untried = [
    ...decilmLosses(architecture),
    ...(hasUsualHeadDim(shape)
      ? []
      : [`head_dim ${shape.head_dim} is not hidden_size / num_attention_heads, which no released DeciLM model tries`]),
  ];
  return LOADERS.map((loader) => {
    const refusals = [...obstacles, ...loader.refusals(traits)];
    const doubts = [...loader.doubts(traits), ...untried];
    const verdict = refusals.length > 0 ? 'refuses' : doubts.length > 0 ? 'unknown' : 'loads';
    return {
      loader: loader.name,
      verdict,
      reasons: [...refusals, ...doubts, ...(loader.remark === undefined ? [] : [loader.remark])],
    };
  });
}

function traitsOf({ blocks }: Architecture): Traits {
  const where = (test: (block: Architecture['blocks'][number]) => boolean): readonly number[] =>
    blocks.flatMap((block, index) => (test(block) ? [index] : []));
  const linearAttention = where((block) => block.attention.kind === 'linear');
  return {
    linearAttention,
    linearFfn: where((block) => block.ffn.kind === 'linear'),
    attentionWithoutFfn: where((block) => block.attention.kind !== 'no_op' && block.ffn.kind === 'no_op'),
    firstWithoutAttention: blocks[0]?.attention.kind === 'no_op',
  };
}

function about(fact: string, layers: readonly number[]): readonly string[] {
  return layers.length === 0 ? [] : [`${fact}: ${layerRanges(layers)}`];
}
