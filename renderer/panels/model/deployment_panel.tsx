/**
 * What the open computed library is served with. Every change is one undoable step that computes the library anew and
 * searches it at once, while limits, locks and pins stay.
 */
import { useState } from 'react';
import { useStore } from 'zustand';
import { isRecipeId, parseRecipeId, type Recipe } from '../../../engine/protocol/recipe.ts';
import { changeRecipe } from '../../state/recipe_actions.ts';
import { runtimeColumn } from '../../state/columns.ts';
import { documentStore, setLimit } from '../../state/document_store.ts';
import { showDialog } from '../../state/dialog_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { formatWithUnit } from '../../state/format.ts';
import { hardwareStore, usableMemoryMib } from '../../state/hardware_store.ts';
import { recipeText } from '../../state/recipe_choices.ts';
import { isComputed, recipeOf } from '../../state/recipe_ids.ts';
import { recipeStore } from '../../state/recipe_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button, IconButton } from '../../widgets/button.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { DeploymentFields } from './deployment_fields.tsx';
import { basisOf, shortDeviceName } from './deployment_text.ts';
import './model.css';

export function DeploymentPanel({ library }: { readonly library: OpenLibrary }) {
  const coming = useStore(recipeStore, (state) => state.coming);
  const named = useStore(documentStore, (state) => state.document.library_id);
  if (!isComputed(library.view.id)) return undefined;
  // What was chosen shows at once; the figures follow.
  const recipe = parseRecipeId(coming ?? named ?? '') ?? recipeOf(library.view);
  return recipe === undefined ? undefined : <Deployment library={library} recipe={recipe} />;
}

function Deployment({ library: { view }, recipe }: { readonly library: OpenLibrary; readonly recipe: Recipe }) {
  const [open, setOpen] = useState(true);
  const devices = useStore(hardwareStore, (state) => state.devices);
  const device = devices.find(({ id }) => id === recipe.device);
  const shown = recipeOf(view);
  const automaticBatch = shown?.device === recipe.device && shown.batches === undefined ? view.header.measurements[0]?.batch : undefined;
  return (
    <section className="side-section deployment" aria-label="Deployment" data-testid="deployment" data-library={view.id}>
      <header className="side-header">
        <h2>Deployment</h2>
        <span className="deployment-head-actions">
          <IconButton icon="edit" label="Compute another library from this one" onClick={() => showDialog({ kind: 'new-recipe', recipe })} data-testid="deployment-edit" />
          <IconButton
            icon="chevron"
            label={open ? 'Fold the deployment' : 'Unfold the deployment'}
            className="deployment-fold"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            data-testid="deployment-fold"
          />
        </span>
      </header>
      {open ? (
        <>
          <DeploymentFields served={recipe} automaticBatch={automaticBatch} onChange={(label, change) => void changeRecipe(label, change)} withHardwareButton testId="deployment" />
          {device !== undefined && <BasisLine view={view} deviceId={device.id} />}
          <MemoryHint deviceId={recipe.device} />
        </>
      ) : (
        <p className="muted deployment-summary">{recipeText(recipe, device === undefined ? recipe.device : shortDeviceName(device))}</p>
      )}
    </section>
  );
}

function BasisLine({ view, deviceId }: { readonly view: OpenLibrary['view']; readonly deviceId: string }) {
  const device = useStore(hardwareStore, (state) => state.devices.find(({ id }) => id === deviceId));
  // The sample is computed from the product's own tables, whatever was added to them.
  const sample = !isRecipeId(view.id);
  const chosen = recipeOf(view)?.calibration;
  const own = useStore(hardwareStore, (state) =>
    state.calibrations.findLast(({ id, device: of, origin }) => of === deviceId && (chosen === undefined || id === chosen) && !(sample && origin === 'user')),
  );
  if (device === undefined) return undefined;
  const { text, measured } = basisOf(device, own);
  return (
    <Tooltip text={`Runtimes are ${runtimeColumn(view)?.provenance.source ?? 'computed'}.`}>
      <p className="deployment-basis" data-testid="deployment-basis">
        <Badge text="est." tone="warning" /> <span className={measured ? 'muted' : 'deployment-carried'}>{text}</span>
      </p>
    </Tooltip>
  );
}

/** A memory limit that was another device's own, or that this device does not hold. */
function MemoryHint({ deviceId }: { readonly deviceId: string }) {
  const devices = useStore(hardwareStore, (state) => state.devices);
  const limit = useStore(documentStore, (state) => state.document.limits.find(({ column, side, enabled }) => column === 'memory_mib' && side === 'max' && enabled)?.value);
  const usable = usableMemoryMib(deviceId);
  const device = devices.find(({ id }) => id === deviceId);
  if (limit === undefined || usable === undefined || device === undefined || limit === usable) return undefined;
  const beyond = limit > device.memory_bytes / 2 ** 20;
  const ofAnother = devices.some(({ id }) => id !== deviceId && usableMemoryMib(id) === limit);
  if (!beyond && !ofAnother) return undefined;
  return (
    <p className="deployment-hint" data-testid="deployment-memory-hint">
      <span>
        {beyond ? `The memory limit of ${formatWithUnit(limit, 'MiB')} is more than one ${shortDeviceName(device)} has.` : `The memory limit of ${formatWithUnit(limit, 'MiB')} is another device's.`}
      </span>
      <Button onClick={() => setLimit('memory_mib', 'max', usable)} data-testid="deployment-memory-use">
        Use {formatWithUnit(usable, 'MiB')}
      </Button>
    </p>
  );
}
