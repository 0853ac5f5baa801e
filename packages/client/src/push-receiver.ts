import type { Fields } from "./calls/call.ts";
import type { Dispatcher } from "./calls/dispatcher.ts";
import type { Emitter } from "./events.ts";
import type { Transport } from "./transport/transport.ts";

/** One kind of subscriptions: what the socket's life and its pushes mean to them. */
export interface PushReceiver {
  /** How many there are; while there is one, a lost socket comes back by itself. */
  readonly size: number;
  /** A socket is open and greeted; the server knows nothing of what was subscribed before. */
  connected(): void;
  /** It is gone. */
  disconnected(): void;
  push(type: string, fields: Fields): void;
  /** Forgets everything; no handler runs from here on. */
  clear(): void;
}

/** What subscriptions are made of. */
export interface SubscriptionPorts {
  readonly dispatcher: Dispatcher;
  readonly emitter: Emitter;
  /** The socket; opened when it is first asked for. Throws where there is none. */
  readonly route: () => Transport;
}
