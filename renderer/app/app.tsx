/** The window: bars above and below, limits and pins at the left, the child's pictures in the middle. */
import { useStore } from 'zustand';
import { useCommands } from '../commands/use_commands.ts';
import { engineStore } from '../state/engine_store.ts';
import { Banners } from './banners.tsx';
import { Dialogs } from './dialogs.tsx';
import { DropTarget } from './drop_target.tsx';
import { Notices } from './notices.tsx';
import { Refused } from './refused.tsx';
import { StatusBar } from './status_bar.tsx';
import { TopBar } from './top_bar.tsx';
import { Workspace } from './workspace.tsx';
import './app.css';

export function App() {
  useCommands();
  const connection = useStore(engineStore, (state) => state.connection);
  if (connection.kind === 'refused') return <Refused reason={connection.reason} />;
  return (
    <DropTarget>
      <TopBar />
      <Banners />
      <Workspace />
      <StatusBar />
      <Notices />
      <Dialogs />
    </DropTarget>
  );
}
