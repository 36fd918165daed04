/** What page and server of browser mode agree on about their WebSocket. */
export const SOCKET_PATH = '/engine';

export const SOCKET_CLOSE_CODES = {
  /** The first message was not this run's token. */
  badToken: 4001,
  /** The engine process ended; a new one is being started. */
  engineExited: 4002,
} as const;
