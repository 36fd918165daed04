/** Pinning architectures from elsewhere: the references that come with the product, and what a library cannot express. */
import { useStore } from 'zustand';
import type { Architecture } from '../../../engine/protocol/variant.ts';
import { pinArchitecture, pinExternal } from '../../state/actions.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { engineStore, openLibrary } from '../../state/engine_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import { EmptyState } from '../../widgets/empty_state.tsx';

export function ReferencesDialog() {
  const references = useStore(engineStore, (state) => state.references);
  return (
    <Dialog title="Pin a reference architecture" onClose={closeDialog} width={620} testId="references-dialog">
      {references.length === 0 && <EmptyState title="No reference architectures are at hand" text="They come with the engine, which is not running." />}
      <ul className="reference-list">
        {references.map((architecture) => (
          <li key={architecture.id} className="reference">
            <div>
              <div>{architecture.name}</div>
              <div className="reference-source">
                {architecture.blocks.length} layers. {architecture.source}
              </div>
            </div>
            <Button
              icon="pin"
              data-testid={`pin-reference-${architecture.id}`}
              onClick={() => {
                closeDialog();
                void pinArchitecture(architecture, 'reference');
              }}
            >
              Pin
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

export function InexpressibleDialog({ architecture, reasons }: { readonly architecture: Architecture; readonly reasons: readonly string[] }) {
  const library = useStore(engineStore, (state) => openLibrary(state)?.view.header.name);
  return (
    <Dialog
      title={`${architecture.name} is not in this library`}
      onClose={closeDialog}
      testId="inexpressible-dialog"
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button
            variant="primary"
            data-testid="pin-external"
            onClick={() => {
              closeDialog();
              pinExternal(architecture, reasons);
            }}
          >
            Pin its shapes only
          </Button>
        </>
      }
    >
      <p>{library ?? 'The library'} cannot express it, so its costs and score are unknown here:</p>
      <ul className="reasons selectable">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </Dialog>
  );
}
