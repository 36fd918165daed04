/** Which model is laid out over which chips, and for what. */
import { formatSchema, type Device } from '../../../engine/protocol/hardware.ts';
import { overlapSchema, type Terms } from '../../../engine/protocol/plan.ts';
import type { PlannerModel } from '../../state/planner_models.ts';
import { changePlanner, type PlannerSettings } from '../../state/planner_store.ts';
import { NumberField } from '../../widgets/number_field.tsx';
import { Segmented } from '../../widgets/segmented.tsx';
import { formatGroups } from '../serving/choices.ts';
import { Control, GroupedSelect } from '../serving/control.tsx';
import { chipGroups, meshGroups, meshId, meshOf, modelGroups, plannerDeviceGroups } from './planner_choices.ts';

interface ControlsProps {
  readonly settings: PlannerSettings;
  readonly model: PlannerModel;
  readonly models: readonly PlannerModel[];
  readonly devices: readonly Device[];
  readonly unit: string;
}

const FORMAT_USES = [
  { use: 'weights', label: 'Weights' },
  { use: 'activations', label: 'Activations' },
  { use: 'kv', label: 'KV cache' },
] as const;

const LENGTHS = [
  { key: 'isl', label: 'Prompt', name: 'Prompt tokens', least: 1, help: 'New tokens of the prompt (ISL), per sequence.' },
  { key: 'osl', label: 'Generated', name: 'Generated tokens', least: 0, help: 'Generated tokens (OSL), per sequence; a decode step is one in the middle of them.' },
  { key: 'cached', label: 'Cached', name: 'Cached tokens', least: 0, help: 'Earlier tokens of the sequence, such as of a conversation, whose keys and values are cached already.' },
] as const;

const TERMS: readonly { readonly value: Terms; readonly label: string }[] = [
  { value: 'detailed', label: 'Detailed' },
  { value: 'closed_form', label: 'Formulas' },
];

const TERMS_HELP =
  'Formulas: only what the closed forms of the paper count.\nDetailed: gate matrices, attention and the sizes of groups as well; the band is for these.';
const OVERLAP_HELP = 'What runs beside multiplying: nothing, loading of weights, or everything that is loaded or sent. The band is for nothing.';
const MESH_HELP = 'How the chips are arranged, X × Y × Z. Any: each layout takes the arrangement that serves it best.';

const OVERLAPS = [
  {
    title: undefined,
    options: [
      { value: 'none', label: 'Nothing' },
      { value: 'memory', label: 'Weights' },
      { value: 'all', label: 'Everything' },
    ],
  },
];

export function PlannerControls({ settings, model, models, devices, unit }: ControlsProps) {
  return (
    <div className="serving-controls" role="group" aria-label="Model, chips and traffic" data-testid="planner-controls">
      <GroupedSelect label="Model" className="control-wide" value={model.id} groups={modelGroups(models)} onChange={(id) => changePlanner({ model: id })} testId="planner-model" />
      <GroupedSelect
        label="Device"
        className="planner-device"
        value={settings.device}
        groups={plannerDeviceGroups(devices, settings.device)}
        onChange={(device) => changePlanner({ device })}
        testId="planner-device"
      />
      <div className="control-group">
        <GroupedSelect label={`${unit === 'GPU' ? 'GPU' : 'Chip'}s`} className="planner-chips" value={String(settings.chips)} groups={chipGroups()} onChange={(chips) => changePlanner({ chips: Number(chips) })} testId="planner-chips" />
        <GroupedSelect
          label="Mesh"
          help={MESH_HELP}
          className="planner-mesh"
          value={meshId(settings.mesh)}
          groups={meshGroups(settings.chips)}
          onChange={(id) => changePlanner({ mesh: meshOf(id, settings.chips) })}
          testId="planner-mesh"
        />
      </div>
      <div className="control-group">
        {LENGTHS.map(({ key, label, name, least, help }) => (
          <Control key={key} label={label} help={help} className="control-number">
            <NumberField label={name} value={settings[key]} unit="" step={64} check={wholeAtLeast(least)} onCommit={(value) => changePlanner({ [key]: value })} testId={`planner-${key}`} />
          </Control>
        ))}
      </div>
      <div className="control-group">
        {FORMAT_USES.map(({ use, label }) => (
          <GroupedSelect
            key={use}
            label={label}
            className="control-format"
            value={settings[use]}
            groups={formatGroups(use)}
            onChange={(value) => changePlanner({ [use]: formatSchema.parse(value) })}
            testId={`planner-${use}`}
          />
        ))}
      </div>
      <div className="control-group">
        <Control label="Terms" help={TERMS_HELP}>
          <Segmented label="Terms" value={settings.terms} options={TERMS} onChange={(terms) => changePlanner({ terms })} testId="planner-terms" />
        </Control>
        <GroupedSelect
          label="Overlap"
          help={OVERLAP_HELP}
          className="planner-overlap"
          value={settings.overlap}
          groups={OVERLAPS}
          onChange={(overlap) => changePlanner({ overlap: overlapSchema.parse(overlap) })}
          testId="planner-overlap"
        />
      </div>
    </div>
  );
}

/** The engine's own limits are far beyond what anyone serves. */
const MOST_TOKENS = 10_000_000;

function wholeAtLeast(least: number): (value: number) => string | undefined {
  return (value) => (Number.isInteger(value) && value >= least && value <= MOST_TOKENS ? undefined : `Type a whole number from ${least}.`);
}
