/** The one dialog that is open, if any. */
import { useStore } from 'zustand';
import { Palette } from '../commands/palette.tsx';
import { AboutDialog } from '../panels/about/about_dialog.tsx';
import { ShortcutsDialog } from '../panels/about/shortcuts_dialog.tsx';
import { ExportDialog } from '../panels/export/export_dialog.tsx';
import { HardwareDialog } from '../panels/hardware/hardware_dialog.tsx';
import { LibraryDialog } from '../panels/libraries/library_dialog.tsx';
import { ModelOfferDialog } from '../panels/model/model_offer_dialog.tsx';
import { RecipeDialog } from '../panels/model/recipe_dialog.tsx';
import { InexpressibleDialog, ReferencesDialog } from '../panels/pins/reference_dialogs.tsx';
import { ReferenceDialog } from '../panels/reference/reference_dialog.tsx';
import { TrainWizard } from '../panels/train/wizard.tsx';
import { dialogStore } from '../state/dialog_store.ts';

export function Dialogs() {
  const dialog = useStore(dialogStore, (state) => state.dialog);
  switch (dialog.kind) {
    case 'none':
      return undefined;
    case 'palette':
      return <Palette />;
    case 'shortcuts':
      return <ShortcutsDialog />;
    case 'about':
      return <AboutDialog />;
    case 'export':
      return <ExportDialog initial={dialog.child} />;
    case 'references':
      return <ReferencesDialog />;
    case 'library-notes':
      return <LibraryDialog id={dialog.id} />;
    case 'reference':
      return <ReferenceDialog />;
    case 'inexpressible':
      return <InexpressibleDialog architecture={dialog.architecture} reasons={dialog.reasons} />;
    case 'new-recipe':
      return <RecipeDialog initial={dialog} />;
    case 'model-offer':
      return <ModelOfferDialog offer={dialog} />;
    case 'train':
      return <TrainWizard from={dialog.from} parent={dialog.parent} />;
    case 'hardware':
      return <HardwareDialog initialDevice={dialog.device} />;
    default:
      return dialog satisfies never;
  }
}
