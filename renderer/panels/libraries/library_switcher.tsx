/** The open library, the others at hand, and the ways to get more. */
import { useStore } from 'zustand';
import { runCommand } from '../../commands/command_actions.ts';
import { chooseLibrary, openRecent } from '../../state/actions.ts';
import { showDialog } from '../../state/dialog_store.ts';
import { engineStore } from '../../state/engine_store.ts';
import { recipeStore } from '../../state/recipe_store.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Menu } from '../../widgets/menu.tsx';
import { describeLibrary } from './library_text.ts';
import './libraries.css';

export function LibrarySwitcher() {
  const { library, libraries, recents } = useStore(engineStore);
  const opened = useStore(recipeStore, (state) => state.opened);
  const openId = library.kind === 'open' ? library.library.view.id : library.kind === 'none' ? undefined : library.id;
  const name = library.kind === 'open' ? library.library.view.header.name : (libraries.find(({ id }) => id === openId)?.name ?? 'No library');
  return (
    <Menu
      label="Libraries"
      width={360}
      testId="library-menu"
      sections={[
        {
          id: 'libraries',
          title: 'Libraries of this project',
          items: libraries.map((summary) => ({
            id: summary.id,
            label: summary.name,
            description: describeLibrary(summary),
            checked: summary.id === openId,
            onSelect: () => void chooseLibrary(summary.id),
          })),
        },
        {
          id: 'estimated',
          title: 'Estimated here',
          items: opened.map((recipe) => ({
            id: recipe.id,
            label: recipe.name,
            description: `${recipe.layers} layers × ${recipe.variants} variants · estimated`,
            checked: recipe.id === openId,
            onSelect: () => void chooseLibrary(recipe.id),
          })),
        },
        {
          id: 'recents',
          title: 'Recent files',
          items: recents.slice(0, 6).map((recent) => ({
            id: `recent-${recent.id}`,
            label: recent.label,
            description: recent.exists ? undefined : 'no longer there',
            disabled: !recent.exists,
            onSelect: () => void openRecent(recent.id, recent.label),
          })),
        },
        {
          id: 'more',
          items: [
            { id: 'estimate', label: 'New estimated library…', description: 'for any model, on any device', onSelect: () => runCommand('library.estimate') },
            { id: 'open-file', label: 'Open library file…', onSelect: () => runCommand('library.open-file') },
            { id: 'open-folder', label: 'Open library folder…', onSelect: () => runCommand('library.open-folder') },
            ...(openId === undefined
              ? []
              : [{ id: 'notes', label: 'About this library…', onSelect: () => showDialog({ kind: 'library-notes', id: openId }) }]),
          ],
        },
      ]}
      renderTrigger={(props) => (
        <button type="button" className="library-switcher" data-testid="library-switcher" aria-label={`Library: ${name}`} {...props}>
          <Icon name="library" />
          <span className="library-switcher-name">{name}</span>
          <Icon name="chevron" />
        </button>
      )}
    />
  );
}
