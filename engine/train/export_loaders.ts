/** Which programs load an exported checkpoint, for its reader: verdicts by the form of its config.json, and as a text. */
import { layerRanges } from '../architecture/layer_ranges.ts';
import { loaderWarnings } from '../architecture/loaders.ts';
import { LOADER_PROVENANCE, type LoaderVerdict } from '../protocol/api.ts';
import type { Architecture } from '../protocol/variant.ts';
import { isUniform, type CheckpointConfig } from '../transformer/hf_config.ts';

export function exportVerdicts(architecture: Architecture, { form, className }: Pick<CheckpointConfig, 'form' | 'className'>): readonly LoaderVerdict[] {
  switch (form) {
    case 'family':
      return [
        {
          loader: 'Hugging Face Transformers, vLLM, SGLang, TensorRT-LLM, llama.cpp, mlx-lm',
          verdict: 'loads',
          reasons: [`all layers are the same, so that this is an ordinary ${className}`],
        },
      ];
    case 'decilm':
      return loaderWarnings(architecture);
    case 'any_model':
      return [...anyModelVerdicts(architecture, className), ...loaderWarnings(architecture).map(asNoDeciLm)];
    default:
      return form satisfies never;
  }
}

function anyModelVerdicts(architecture: Architecture, className: string): readonly LoaderVerdict[] {
  const { blocks } = architecture;
  const linear = blocks.flatMap(({ attention, ffn }, layer) => (attention.kind === 'linear' || ffn.kind === 'linear' ? [layer] : []));
  const verdict = linear.length > 0 ? ('unknown' as const) : ('loads' as const);
  const reasons = linear.length > 0 ? [`it is not known to run linear layers: ${layerRanges(linear)}`] : [];
  return [
    { loader: 'Puzzletron (NVIDIA Model Optimizer)', verdict, reasons: [...reasons, `as AnyModel on ${className}`] },
    { loader: 'vLLM with AnyModel', verdict, reasons: [...reasons, 'needs the fork of pull request 36512; released vLLM does not know AnyModel'] },
    isUniform(architecture)
      ? { loader: 'Hugging Face Transformers', verdict: 'loads', reasons: ['it passes over block_configs, which does no harm as all layers are the same'] }
      : {
          loader: 'Hugging Face Transformers',
          verdict: 'refuses',
          reasons: ['the layers differ, and its model classes build all layers alike, with random numbers where these have no weights; load it through Puzzletron, which patches them'],
        },
  ];
}

/** A loader of DeciLM models, for a checkpoint in another form. */
function asNoDeciLm({ loader, reasons }: LoaderVerdict): LoaderVerdict {
  const why = reasons.length === 0 ? ['this checkpoint is not written as DeciLM'] : reasons;
  return { loader: `${loader}, as DeciLM`, verdict: 'refuses', reasons: why };
}

const WORDS = { loads: 'loads', refuses: 'does not load', unknown: 'may not load' } as const satisfies Record<LoaderVerdict['verdict'], string>;

/** Markdown for `LOADERS.md`. `remarks` are further paragraphs. */
export function loadersText(architecture: Architecture, verdicts: readonly LoaderVerdict[], remarks: readonly string[]): string {
  const lines = verdicts.map(({ loader, verdict, reasons }) => `* **${loader}** ${WORDS[verdict]} it${reasons.length === 0 ? '.' : `: ${reasons.join('; ')}.`}`);
  return `${[
    `# ${architecture.name}`,
    `Exported by Puzzle Workbench: ${architecture.blocks.length} layers. What is known about programs that load such checkpoints:`,
    lines.join('\n'),
    LOADER_PROVENANCE,
    ...remarks,
  ].join('\n\n')}\n`;
}
