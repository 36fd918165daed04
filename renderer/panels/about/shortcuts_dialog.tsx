/** Every shortcut, by menu. */
import { COMMANDS, type CommandInfo } from '../../../engine/protocol/commands.ts';
import { shortcutOf } from '../../commands/use_commands.ts';
import { closeDialog } from '../../state/dialog_store.ts';
import { Dialog } from '../../widgets/dialog.tsx';
import './about.css';

const MENUS: readonly CommandInfo['menu'][] = ['File', 'Edit', 'View', 'Solution', 'Help'];
const ELSEWHERE = [
  { id: 'slider', title: 'Slider: small step, large step, ends', keys: '← →  Page  Home/End' },
  { id: 'field', title: 'Number field: take, give back', keys: 'Enter  Esc' },
];

export function ShortcutsDialog() {
  return (
    <Dialog title="Keyboard shortcuts" onClose={closeDialog} width={640} testId="shortcuts-dialog">
      <div className="shortcut-groups">
        {MENUS.map((menu) => (
          <section key={menu} aria-label={menu}>
            <h3>{menu}</h3>
            {COMMANDS.filter((command) => command.menu === menu && 'shortcut' in command).map((command) => (
              <div key={command.id} className="shortcut">
                <span>{command.title}</span>
                <kbd>{shortcutOf(command.id)}</kbd>
              </div>
            ))}
          </section>
        ))}
        <section aria-label="Limits">
          <h3>Limits</h3>
          {ELSEWHERE.map((entry) => (
            <div key={entry.id} className="shortcut">
              <span>{entry.title}</span>
              <kbd>{entry.keys}</kbd>
            </div>
          ))}
        </section>
      </div>
    </Dialog>
  );
}
