/** The lists that change with every import. */
import type { EngineClient } from '../../engine/protocol/client.ts';
import { engineStore } from './engine_store.ts';

export async function refreshLibraries(client: EngineClient): Promise<void> {
  const [{ libraries }, { recents }] = await Promise.all([client.call('library.list', {}), client.call('recent.list', {})]);
  engineStore.setState({ libraries, recents });
}
