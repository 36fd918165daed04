/**
 * Frames over a WebSocket to the local server of browser mode. The page's address carries a per-run token in its
 * fragment, which no request ever sends; the first message on the socket is that token.
 */
import { WorkbenchError, type ErrorPayload } from '../../engine/protocol/errors.ts';
import { SOCKET_CLOSE_CODES, SOCKET_PATH } from '../../engine/protocol/socket.ts';
import type { Dispose, Transport } from '../../engine/protocol/transport.ts';

const TOKEN_KEY = 'puzzle-workbench/token';

/** The token from the address, remembered for reloads and taken out of sight. */
function readToken(): string {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token !== null) {
    sessionStorage.setItem(TOKEN_KEY, token);
    fragment.delete('token');
    const rest = fragment.toString();
    history.replaceState(null, '', `${location.pathname}${location.search}${rest === '' ? '' : `#${rest}`}`);
  }
  return token ?? sessionStorage.getItem(TOKEN_KEY) ?? '';
}

let token: string | undefined;

/** Opens a socket; resolves once the server accepted the token, rejects with the reason otherwise. */
export function connectSocket(): Promise<Transport> {
  token ??= readToken();
  const secret = token;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}${SOCKET_PATH}`);
    socket.binaryType = 'arraybuffer';
    const onClose = (event: CloseEvent): void => reject(WorkbenchError.from(reasonOf(event)));
    socket.addEventListener('close', onClose);
    socket.addEventListener('open', () => socket.send(secret));
    // The server answers the token with one empty text message, then speaks frames only.
    socket.addEventListener(
      'message',
      () => {
        socket.removeEventListener('close', onClose);
        resolve(new SocketTransport(socket));
      },
      { once: true },
    );
  });
}

class SocketTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): Dispose {
    const onMessage = (event: MessageEvent<unknown>): void => {
      if (event.data instanceof ArrayBuffer) listener(new Uint8Array(event.data));
    };
    this.#socket.addEventListener('message', onMessage);
    return () => this.#socket.removeEventListener('message', onMessage);
  }

  onClose(listener: (reason: ErrorPayload) => void): Dispose {
    const onClose = (event: CloseEvent): void => listener(reasonOf(event));
    this.#socket.addEventListener('close', onClose, { once: true });
    return () => this.#socket.removeEventListener('close', onClose);
  }

  close(): void {
    this.#socket.close(1000);
  }
}

function reasonOf(event: CloseEvent): ErrorPayload {
  if (event.code === SOCKET_CLOSE_CODES.badToken) {
    return {
      code: 'bad_input',
      message: 'This page does not belong to the running workbench.',
      hint: 'Open the address that npm start printed last.',
      retryable: false,
    };
  }
  return {
    code: 'engine_gone',
    message: event.reason === '' ? 'The connection to the workbench was lost.' : event.reason,
    hint: event.code === SOCKET_CLOSE_CODES.engineExited ? undefined : 'If you stopped it, run npm start again and open the address it prints.',
    retryable: true,
  };
}
