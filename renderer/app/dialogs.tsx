/** The one dialog that is open, if any. */
import { useStore } from 'zustand';
import { Palette } from '../commands/palette.tsx';
import { AboutDialog } from '../panels/about/about_dialog.tsx';
import { ShortcutsDialog } from '../panels/about/shortcuts_dialog.tsx';
import { ExportDialog } from '../panels/export/export_dialog.tsx';
import { LibraryDialog } from '../panels/libraries/library_dialog.tsx';
import { InexpressibleDialog, ReferencesDialog } from '../panels/pins/reference_dialogs.tsx';
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
    case 'inexpressible':
      return <InexpressibleDialog architecture={dialog.architecture} reasons={dialog.reasons} />;
    default:
      return dialog satisfies never;
  }
}
