/** Brings the page to life: theme, address, connection, and the stores that follow every new engine. */
import type { HostBridge } from '../../engine/protocol/host_bridge.ts';
import type { RpcClient } from '../../engine/protocol/client.ts';
import { isCancelled, toErrorPayload } from '../../engine/protocol/errors.ts';
import { Connection, openTransport, type ConnectionState } from '../transport/connection.ts';
import { track } from './activity.ts';
import { startBaseline } from './derived_baseline.ts';
import { adoptProject, flushDocument, onSaveProblem } from './document_store.ts';
import { engineStore } from './engine_store.ts';
import { refreshHardware } from './hardware_store.ts';
import { whenExplained, whenIdle } from './idle.ts';
import { followDocumentLibrary, followLibrary, forgetLibraries } from './library_opener.ts';
import { notify, notifyError, startNotices } from './notice_store.ts';
import { refreshLibraries } from './refresh.ts';
import { startContouring } from './contour_controller.ts';
import { startExplaining } from './explain_controller.ts';
import { startResting } from './rest.ts';
import { startSolving } from './solve_controller.ts';
import { startSweeping } from './sweep_controller.ts';
import { adoptTheme, startTheme } from './theme_store.ts';
import { startTraining } from './train_run_store.ts';
import { followRuns } from './train_store.ts';
import { bindViewToAddress } from './view_store.ts';

export function start(bridge: HostBridge | undefined): void {
  startTheme();
  // Opening the transport reads the token out of the address and must come before the view is bound to it.
  const connection = new Connection(openTransport(bridge), adoptConnection);
  connection.start();
  bindViewToAddress();
  startNotices();
  followDocumentLibrary();
  startResting();
  startBaseline();
  startSolving();
  startSweeping();
  startContouring();
  startExplaining();
  startTraining();
  onSaveProblem((error) => notifyError('The project was not saved', error));
  addEventListener('pagehide', () => void flushDocument());
  window.workbench = { whenIdle, whenExplained };
}

function adoptConnection(connection: ConnectionState): void {
  const before = engineStore.getState().connection;
  const restarted = before.kind === 'connecting' && before.lost !== undefined;
  engineStore.setState({ connection });
  if (connection.kind === 'ready') follow(connection.client, restarted);
}

/** Every stream starts with a snapshot, so following a new engine is the same as following the first. */
function follow(client: RpcClient, restarted: boolean): void {
  forgetLibraries();
  const before = engineStore.getState().status;
  /** Only a new engine was restarted; a connection may be lost and found without that. */
  let announce = false;
  client.subscribe(
    'engine.status',
    {},
    {
      onEvent: (status) => {
        announce = restarted && before !== undefined && before.started_at !== status.started_at;
        engineStore.setState({ status });
      },
    },
  );
  client.subscribe(
    'project',
    {},
    {
      onEvent: (state) => {
        if (adoptProject(client, state) === 'replaced') {
          notify({ kind: 'warning', title: 'Another window changed the project', text: 'Its version is shown; Undo leads back to yours.' });
        }
        void followLibrary();
        if (announce) {
          announce = false;
          notify({ kind: 'success', title: 'The engine was restarted; nothing was lost.' });
        }
      },
      onError: (error) => {
        if (error.payload.code !== 'engine_gone') notifyError('The project could not be read', error);
      },
    },
  );
  followRuns(client);
  void fetchInto(client, 'libraries', () => refreshLibraries(client));
  void fetchInto(client, 'reference architectures', async () => {
    const { references } = await client.call('architecture.references', {});
    engineStore.setState({ references });
  });
  void fetchInto(client, 'devices and models', () => refreshHardware(client));
  void fetchInto(client, 'published models', async () => {
    engineStore.setState({ published: await client.call('published.models', {}) });
  });
  void fetchInto(client, 'preferences', async () => adoptTheme((await client.call('preferences.get', {})).theme));
}

async function fetchInto(client: RpcClient, what: string, fetch: () => Promise<void>): Promise<void> {
  try {
    await track(fetch());
  } catch (error) {
    const { connection } = engineStore.getState();
    const current = connection.kind === 'ready' && connection.client === client;
    if (current && !isCancelled(error) && toErrorPayload(error).code !== 'engine_gone') {
      notifyError(`The ${what} could not be read`, error);
    }
  }
}
