import type { ResolvedConfig } from "../options.ts";
import type { HttpExchange } from "../transport/http-exchange.ts";
import type { OpenSocket } from "../transport/web-socket.ts";

/** Time as a client sees it. */
export interface ClientClock {
  /** Milliseconds since some start; never goes back. */
  nowMs(): number;
  /** Calendar time in milliseconds since the epoch. */
  wallMs(): number;
  /**
   * Calls once after `delayMs`; the function that is returned cancels it. A timer that is not
   * `needed` lets a Node process end.
   */
  setTimer(fire: () => void, delayMs: number, needed: boolean): () => void;
}

/** What differs between Node and everything else. */
export interface Platform {
  readonly clock: ClientClock;
  /** Uniform in [0, 1). */
  random(): number;
  /** Opens the platform's own WebSocket; null where there is none. */
  readonly openSocket: OpenSocket | null;
  /** HTTP as this platform does it best. */
  openExchange(config: ResolvedConfig): HttpExchange;
  /** Compresses a request body. */
  gzip(bytes: Uint8Array): Promise<Uint8Array>;
}
