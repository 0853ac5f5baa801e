import type { WireError } from "@hivellm/synap-protocol";

/** What this library needs of a WebSocket; the web's own and that of `ws` both fit. */
export interface WebSocketLike {
  binaryType: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** A WebSocket's constructor, as the web has it. */
export type WebSocketConstructor = new (
  url: string,
  protocols?: string | string[],
) => WebSocketLike;

/** Where a socket goes and what it says on the way. */
export interface SocketRequest {
  /** ws or wss, without the key. */
  readonly url: string;
  readonly protocol: string;
  readonly apiKey: string | undefined;
}

/** An HTTP answer in place of the handshake, where the platform shows it. */
export interface Refusal {
  readonly status: number;
  /** Null if the answer was not Synap's. */
  readonly error: WireError | null;
}

/** A socket on its way to being open. */
export interface OpenedSocket {
  readonly socket: WebSocketLike;
  /** Why the handshake failed; null while it has not, or where the platform keeps it to itself. */
  refusal(): Refusal | null;
  /** Ends it without waiting for the other side, where the platform can. */
  terminate(): void;
}

/** Opens a socket; may throw. */
export type OpenSocket = (request: SocketRequest) => OpenedSocket;

/** Opens sockets with a constructor as the web has it: the key travels in the query. */
export function standardSocket(WebSocket: WebSocketConstructor): OpenSocket {
  return ({ url, protocol, apiKey }) => {
    const query = apiKey === undefined ? "" : `?api_key=${encodeURIComponent(apiKey)}`;
    const socket = new WebSocket(url + query, protocol);
    socket.binaryType = "arraybuffer";
    return { socket, refusal: () => null, terminate: () => socket.close() };
  };
}
