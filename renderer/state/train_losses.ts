/** Combinations of the global distillation loss, those of Puzzle's ablation (arXiv 2411.19146, table of loss combinations). */
import type { GkdLoss } from '../../engine/protocol/train.ts';

export interface LossChoice {
  readonly id: string;
  readonly label: string;
  readonly loss: GkdLoss;
}

/** The paper's best first. */
export const LOSS_CHOICES: readonly LossChoice[] = [
  { id: 'cos_kl', label: 'Cosine + KL (the paper’s best)', loss: { lm: 0, cosine: 1, kl: 1 } },
  { id: 'kl', label: 'KL', loss: { lm: 0, cosine: 0, kl: 1 } },
  { id: 'cos', label: 'Cosine', loss: { lm: 0, cosine: 1, kl: 0 } },
  { id: 'lm_cos_kl', label: 'LM + cosine + KL', loss: { lm: 1, cosine: 1, kl: 1 } },
  { id: 'lm_kl', label: 'LM + KL', loss: { lm: 1, cosine: 0, kl: 1 } },
  { id: 'lm_cos', label: 'LM + cosine', loss: { lm: 1, cosine: 1, kl: 0 } },
  { id: 'lm', label: 'LM', loss: { lm: 1, cosine: 0, kl: 0 } },
];

/** Which of them has these weights, if any. */
export function lossChoiceOf({ lm, cosine, kl }: GkdLoss): LossChoice | undefined {
  return LOSS_CHOICES.find(({ loss }) => loss.lm === lm && loss.cosine === cosine && loss.kl === kl);
}

/** In words: `cosine + KL`, with weights other than 1 in front. */
export function lossText({ lm, cosine, kl }: GkdLoss): string {
  const terms = [
    { weight: lm, name: 'LM' },
    { weight: cosine, name: 'cosine' },
    { weight: kl, name: 'KL' },
  ];
  return terms
    .filter(({ weight }) => weight > 0)
    .map(({ weight, name }) => (weight === 1 ? name : `${weight} ${name}`))
    .join(' + ');
}
