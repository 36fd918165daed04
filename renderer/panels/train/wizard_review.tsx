/** Third page: the plan in words, how long it may take, and its name. */
import { useStore } from 'zustand';
import { attentionId, ffnId } from '../../../engine/protocol/variant.ts';
import type { Plan } from '../../../engine/protocol/train.ts';
import type { Checked } from '../../state/train_check.ts';
import { BLD_MODES } from '../../state/train_draft.ts';
import { scaledSeconds } from '../../state/train_estimate.ts';
import { EXPERIMENT_INFOS } from '../../state/train_experiment.ts';
import { deviceById } from '../../state/hardware_store.ts';
import { objectiveText } from '../../state/train_objective.ts';
import { spansText } from '../../state/train_spans.ts';
import { shortDeviceName } from '../model/deployment_text.ts';
import { lossText } from '../../state/train_losses.ts';
import { forecastText, freeNumber } from '../../state/train_numbers.ts';
import type { ParentReading } from '../../state/train_parent.ts';
import { knownOf, runUnderWay, trainStore } from '../../state/train_store.ts';
import { Facts } from './facts.tsx';
import { TextField } from './wizard_fields.tsx';
import type { PageProps } from './wizard_training.tsx';

export function ReviewPage({ draft, problems, checked, reading, onChange }: PageProps & { readonly checked: Checked; readonly reading: ParentReading }) {
  const presets = knownOf(useStore(trainStore, (state) => state.presets));
  const running = useStore(trainStore, (state) => runUnderWay(state)?.name);
  const plan = checked.kind === 'ok' ? checked.wish.plan : undefined;
  const base = presets?.find(({ id }) => id === plan?.preset);
  const layers = plan?.parent.kind === 'train' ? plan.parent.architecture.blocks.length : reading.kind === 'read' ? reading.architecture.blocks.length : undefined;
  return (
    <div className="wizard-review">
      <TextField name="name" label="Name" value={draft.name} problems={problems} onChange={(name) => onChange({ name })} />
      {plan === undefined ? (
        <p className="muted">Something is not filled in right yet; the pages before say what.</p>
      ) : (
        <Facts facts={[...planFacts(plan, layers, reading), ['Time', timeText(plan, base)]]} testId="train-review" />
      )}
      {running !== undefined && <p className="wizard-note muted">It waits until “{running}” has ended: one run computes at a time.</p>}
    </div>
  );
}

function timeText(plan: Plan, base: Parameters<typeof scaledSeconds>[1] | undefined): string {
  if (base === undefined) return 'not known beforehand';
  if (plan.parent.kind === 'open') return 'not known beforehand: it depends on the parent; shown as it runs';
  return `about ${forecastText(scaledSeconds(plan, base))} on two cores`;
}

function superscript(value: number): string {
  return String(value).replaceAll(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '');
}

export function planFacts(plan: Plan, layers: number | undefined, reading: ParentReading): readonly (readonly [string, string])[] {
  const { parent, data, space, bld, limits, chosen_limit: chosen, gkd } = plan;
  const pairs = space.attentions.length * space.ffns.length;
  const { spans } = space;
  // The parent's own and no-ops have nothing to train.
  const trained = (list: readonly { readonly kind: string }[]): number => list.filter(({ kind }) => kind !== 'no_op').length;
  const subBlocks = trained(space.attentions) + trained(space.ffns) - 2;
  const perLayer = { none: 0, decoupled: subBlocks, coupled: pairs - 1, two_stage: subBlocks }[bld.mode];
  const share = (value: number): string => `${Number((100 * value).toPrecision(4))} %`;
  const steps = ({ steps: count, batch, learning_rate: rate }: Plan['gkd']['training']): string => `${freeNumber(count)} steps of ${batch} × ${freeNumber(data.sequence_length)} tokens at ${rate}`;
  const parentName = parent.kind === 'open' ? (reading.kind === 'read' ? `${reading.architecture.name}, ${parent.folder}` : parent.folder) : `${parent.architecture.blocks.length} layers, hidden size ${parent.architecture.shape.hidden_size}; ${steps(parent.training)}`;
  return [
    ['Parent', parentName],
    ['Text', data.source.kind === 'generated' ? `bundled corpus, ${freeNumber(data.train_tokens)} tokens` : data.source.path],
    ['Search space', `${space.attentions.map((one) => attentionId(one).replace('no_op', 'none')).join(', ')} × ${space.ffns.map((one) => ffnId(one).replace('no_op', 'none')).join(', ')}: ${pairs} blocks per layer${layers === undefined ? '' : `, about 10${superscript(Math.round(layers * Math.log10(pairs)))} children`}${spans === undefined || spans.length === 0 ? '' : `; also for ${spans.length <= 4 ? `layers ${spansText(spans)}` : `${spans.length} spans of layers`}`}`],
    ['Minimised', objectiveText(plan.objective)],
    ['Runtimes', `measured here; estimated for ${shortDeviceName(deviceById(plan.target_device) ?? { name: plan.target_device })}`],
    ['Blocks', bld.mode === 'none' ? 'left as initialised' : `${BLD_MODES.find(({ value }) => value === bld.mode)?.label ?? bld.mode} BLD${layers === undefined ? '' : ` of ${freeNumber(layers * perLayer)} ${bld.mode === 'coupled' ? 'blocks' : 'sub-blocks'}`}${spans === undefined || spans.length === 0 ? '' : ` and ${freeNumber(spans.length * pairs)} blocks for spans`}, each ${steps(bld.training)}`],
    ['Limits', limits.map(({ params, kv }, i) => `${params === kv ? share(params) : `${share(params)} / ${share(kv)}`}${i === chosen ? ' (distilled)' : ''}`).join(', ')],
    ['Distillation', `${lossText(gkd.loss)}, ${steps(gkd.training)}`],
    ...(plan.experiments === undefined ? [] : [['Experiments', plan.experiments.map(({ id, seeds }) => `${EXPERIMENT_INFOS.find((info) => info.id === id)?.title ?? id}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`).join('; ')] as const]),
    ['Seed', String(plan.seed)],
  ];
}
