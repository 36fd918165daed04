/** A config.json whose layers are all the same may be meant as the model to start from, or as one to compare with. */
import { pinArchitecture } from '../../state/actions.ts';
import { closeDialog, showDialog, type DialogState } from '../../state/dialog_store.ts';
import { Button } from '../../widgets/button.tsx';
import { Dialog } from '../../widgets/dialog.tsx';
import './model.css';

export function ModelOfferDialog({ offer: { architecture, parent, notes } }: { readonly offer: Extract<DialogState, { kind: 'model-offer' }> }) {
  const { shape, blocks } = architecture;
  return (
    <Dialog
      title={`What is ${architecture.name} for?`}
      onClose={closeDialog}
      width={600}
      testId="model-offer"
      footer={
        <>
          <Button
            icon="pin"
            data-testid="model-offer-pin"
            onClick={() => {
              closeDialog();
              void pinArchitecture(architecture, 'imported');
            }}
          >
            Pin for comparison
          </Button>
          <Button variant="primary" icon="chip" data-testid="model-offer-parent" onClick={() => showDialog({ kind: 'new-recipe', parent, notes })}>
            Use as parent…
          </Button>
        </>
      }
    >
      <p>
        All {blocks.length} layers of this model are <code>{blocks[0].variant}</code>, with hidden size {shape.hidden_size.toLocaleString('en-US')}: it can be the parent of a search. Costs are then computed for the hardware that you choose, and scores are estimated.
      </p>
      <p className="muted model-offer-other">Pinned, it is one architecture more to compare children with.</p>
      {notes.map((note) => (
        <p key={note} className="model-note">
          {note}
        </p>
      ))}
    </Dialog>
  );
}
