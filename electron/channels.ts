/** Names of the IPC channels between preload and main; the page never sees them. */
export const CHANNELS = {
  requestEnginePort: 'puzzle-workbench/request-engine-port',
  pickLibrary: 'puzzle-workbench/pick-library',
  saveFile: 'puzzle-workbench/save-file',
  /** To the page: one port to the engine. */
  enginePort: 'puzzle-workbench/engine-port',
  /** To the page: the engine process ended. */
  engineExit: 'puzzle-workbench/engine-exit',
  /** To the page: a command chosen in the menu. */
  command: 'puzzle-workbench/command',
} as const;
