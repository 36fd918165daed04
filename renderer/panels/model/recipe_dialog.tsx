/**
 * A block library for any model, without a measurement: which parent, served with what, scored by what. The parent's own
 * costs are shown at once, so that nonsense is seen before it is searched.
 */
import { useState } from 'react';
import { useStore } from 'zustand';
import { deploymentOf, recipeSchema, type Recipe } from '../../../engine/protocol/recipe.ts';
import type { ParentModel } from '../../../engine/protocol/variant.ts';
import { toErrorPayload, type ErrorPayload } from '../../../engine/protocol/errors.ts';
import { closeDialog, type DialogState } from '../../state/dialog_store.ts';
import { engineStore } from '../../state/engine_store.ts';
import { pickFiles } from '../../state/files.ts';
import { hardwareStore } from '../../state/hardware_store.ts';
import { readConfig } from '../../state/import_actions.ts';
import { currentRecipe, openRecipe, saveModel, withChange } from '../../state/recipe_actions.ts';
import { FIRST_RECIPE } from '../../state/recipe_choices.ts';
import { architectureOf, checkForm, type FormFields } from '../../state/recipe_model.ts';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { Select, type SelectOption } from '../../widgets/select.tsx';
import { DeploymentFields } from './deployment_fields.tsx';
import { missingFields, ModelForm } from './model_form.tsx';
import { ParentCostView } from './parent_cost.tsx';
import { useFormParent } from './use_form_parent.ts';
import { useParentCost, type CostQuestion } from './use_parent_cost.ts';
import '../../widgets/form.css';
import './model.css';

type Parent =
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'read'; readonly parent: ParentModel; readonly notes: readonly string[] }
  | { readonly kind: 'form'; readonly fields: FormFields; readonly why: string | undefined };

const READ = 'read';
const FORM = 'form';
const DEFAULT_PARENT = 'llama-3.1-8b';

export function RecipeDialog({ initial }: { readonly initial: Extract<DialogState, { kind: 'new-recipe' }> }) {
  const [recipe, setRecipe] = useState<Recipe>(() => firstRecipe(initial.recipe));
  const [parent, setParent] = useState<Parent>(() => firstParent(initial, recipe.parent));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ErrorPayload>();
  const presets = useStore(hardwareStore, (state) => state.presets);
  const models = useStore(hardwareStore, (state) => state.models);
  const libraries = useStore(engineStore, (state) => state.libraries);
  const { form, problems } = checkForm(parent.kind === 'form' ? parent.fields : {});
  const entered = useFormParent(parent.kind === 'form' ? form : undefined);
  const model = modelOf(parent, entered.parent, [...presets, ...models]);
  const cost = useParentCost(questionOf(parent, model, recipe));
  const measured = libraries.filter(({ origin }) => origin === 'project');

  const open = async (): Promise<void> => {
    if (model === undefined) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const id = parent.kind === 'known' ? parent.id : await saveModel(model);
      await openRecipe({ ...recipe, parent: id });
      closeDialog();
    } catch (error) {
      setFailure(toErrorPayload(error));
      setBusy(false);
    }
  };
  const openConfig = async (): Promise<void> => {
    const files = await pickFiles('file');
    if (files === undefined || files.length === 0) return;
    try {
      const read = await readConfig(files[0]);
      if (read.kind === 'parent') setParent({ kind: 'read', parent: read.parent, notes: read.notes });
      else if (read.kind === 'unread') setParent({ kind: 'form', fields: read.fields, why: read.message });
      else setParent({ kind: 'form', fields: {}, why: `${files[0].path}: ${read.message}` });
    } catch (error) {
      setParent({ kind: 'form', fields: {}, why: toErrorPayload(error).message });
    }
  };

  return (
    <Dialog
      title="New estimated library"
      onClose={closeDialog}
      width={860}
      testId="recipe-dialog"
      footer={
        <>
          <span className="recipe-foot muted">Costs are computed and scores estimated; both are marked so wherever they stand.</span>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="primary" disabled={busy || model === undefined || cost.error !== undefined} onClick={() => void open()} data-testid="recipe-create">
            {busy ? 'Computing…' : 'Compute and search'}
          </Button>
        </>
      }
    >
      <div className="recipe-columns">
        <section className="recipe-section" aria-label="Parent">
          <h3>Parent</h3>
          <Select
            label="Parent model"
            hideLabel
            value={parent.kind === 'known' ? parent.id : parent.kind === 'read' ? READ : FORM}
            options={parentOptions(parent, presets, models)}
            onChange={(value) => {
              if (value === FORM) setParent({ kind: 'form', fields: {}, why: undefined });
              else if (value !== READ) setParent({ kind: 'known', id: value });
            }}
            testId="recipe-parent"
          />
          <div className="recipe-ways">
            <Button icon="file" onClick={() => void openConfig()} data-testid="recipe-open-config">
              Open config.json…
            </Button>
            <Button icon="edit" disabled={parent.kind === 'form'} onClick={() => setParent({ kind: 'form', fields: {}, why: undefined })} data-testid="recipe-enter-shape">
              Enter its shape
            </Button>
          </div>
          {parent.kind === 'form' && parent.why !== undefined && (
            <p className="form-failure" role="alert" data-testid="recipe-unread">
              {parent.why} Its shape can be entered below instead.
            </p>
          )}
          {parent.kind === 'form' && <ModelForm fields={parent.fields} problems={problems} onChange={(fields) => setParent({ ...parent, fields })} />}
          {entered.error !== undefined && (
            <p className="form-failure" role="alert">
              {entered.error.message}
            </p>
          )}
          {parent.kind !== 'form' && model !== undefined && <ModelFacts model={model} notes={parent.kind === 'read' ? parent.notes : []} />}
          <h3>Scores</h3>
          <Select
            label="Scores"
            hideLabel
            value={recipe.quality}
            options={[{ value: 'prior', label: 'Prior: from published choices' }, ...measured.map(({ id, name }) => ({ value: id, label: `Carried over from ${name}`, group: 'Libraries of this project' }))]}
            onChange={(quality) => setRecipe({ ...recipe, quality })}
            testId="recipe-quality"
          />
          <p className="recipe-text muted">
            {recipe.quality === 'prior'
              ? 'How much each block harms is estimated from the choices that NVIDIA published for 51B and 49B. No model is run.'
              : 'Measured scores of another parent are applied to blocks of the same relative depth and size.'}
          </p>
        </section>
        <section className="recipe-section" aria-label="Served on">
          <h3>Served on</h3>
          <DeploymentFields served={recipe} automaticBatch={undefined} onChange={(_, change) => setRecipe(withChange(recipe, change))} withHardwareButton={false} explained testId="recipe" />
        </section>
      </div>
      {failure !== undefined && (
        <p className="form-failure recipe-failure" role="alert" data-testid="recipe-failure">
          {failure.message} {failure.hint}
        </p>
      )}
      <ParentCostPart cost={cost} known={model !== undefined} missing={parent.kind === 'form' ? missingFields(problems) : ''} tp={recipe.tp} />
    </Dialog>
  );
}

interface ParentCostPartProps {
  readonly cost: ReturnType<typeof useParentCost>;
  readonly known: boolean;
  /** Fields that are not yet filled in, in words. */
  readonly missing: string;
  readonly tp: number;
}

function ParentCostPart({ cost, known, missing, tp }: ParentCostPartProps) {
  return (
    <section className="recipe-cost" aria-label="What the parent costs there" aria-live="polite">
      {known ? (
        <ParentCostView cost={cost} tp={tp} />
      ) : (
        <p className="muted parent-cost-empty" data-testid="recipe-missing">
          {missing === '' ? 'Costing the parent…' : `Still to be entered: ${missing}. Then what the parent costs there is shown here.`}
        </p>
      )}
    </section>
  );
}

function ModelFacts({ model: { shape, num_hidden_layers: layers, num_key_value_heads: kvHeads, intermediate_size: width, source }, notes }: { readonly model: ParentModel; readonly notes: readonly string[] }) {
  const text = (value: number): string => value.toLocaleString('en-US');
  return (
    <div className="model-facts" data-testid="recipe-model">
      <p>
        {layers} layers, hidden size {text(shape.hidden_size)}, {shape.num_attention_heads} heads of {shape.head_dim}, {kvHeads} KV heads, FFN width {text(width)}, vocabulary {text(shape.vocab_size)}
      </p>
      <p className="muted">{source}</p>
      {notes.map((note) => (
        <p key={note} className="model-note">
          {note}
        </p>
      ))}
    </div>
  );
}

function firstRecipe(given: Recipe | undefined): Recipe {
  const base = given ?? currentRecipe() ?? recipeSchema.parse({ parent: DEFAULT_PARENT, ...FIRST_RECIPE });
  const { batches: _, ...free } = base;
  return free;
}

function firstParent({ parent, notes = [], unread }: Extract<DialogState, { kind: 'new-recipe' }>, id: string): Parent {
  if (unread !== undefined) return { kind: 'form', fields: unread.fields, why: unread.message };
  return parent === undefined ? { kind: 'known', id } : { kind: 'read', parent, notes };
}

function modelOf(parent: Parent, entered: ParentModel | undefined, known: readonly ParentModel[]): ParentModel | undefined {
  switch (parent.kind) {
    case 'known':
      return known.find(({ id }) => id === parent.id);
    case 'read':
      return parent.parent;
    case 'form':
      return entered;
    default:
      return parent satisfies never;
  }
}

function questionOf(parent: Parent, model: ParentModel | undefined, recipe: Recipe): CostQuestion | undefined {
  if (model === undefined) return undefined;
  const subject = parent.kind === 'known' ? ({ kind: 'model', id: parent.id } as const) : ({ kind: 'external', architecture: architectureOf(model) } as const);
  return { subject, deployment: deploymentOf(recipe), traffic: { isl: recipe.isl, osl: recipe.osl } };
}

function parentOptions(parent: Parent, presets: readonly ParentModel[], models: readonly ParentModel[]): readonly SelectOption[] {
  const named = (list: readonly ParentModel[], group: string): readonly SelectOption[] => list.map(({ id, name, num_hidden_layers: layers }) => ({ value: id, label: `${name}, ${layers} layers`, group }));
  return [
    ...(parent.kind === 'read' ? [{ value: READ, label: `${parent.parent.name}, just read` }] : []),
    ...(parent.kind === 'form' ? [{ value: FORM, label: parent.fields.name === undefined || parent.fields.name === '' ? 'Entered by hand' : `${parent.fields.name}, entered by hand` }] : []),
    ...(parent.kind === 'known' && ![...presets, ...models].some(({ id }) => id === parent.id) ? [{ value: parent.id, label: parent.id }] : []),
    ...named(presets, 'Built in'),
    ...named(models, 'This project'),
  ];
}
