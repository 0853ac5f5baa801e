import { SynapClient } from "@hivellm/synap-client";
import WebSocket from "ws";

/** A client whose socket can be cut, or frozen, as a network or a stopped process would do it. */
export interface CuttableClient {
  readonly client: SynapClient;
  /** Ends the connection without a close frame. */
  cut(): void;
  /** Reads nothing any more: the kernel's buffers fill, then the server's. */
  freeze(): void;
  thaw(): void;
}

export function cuttableClient(url: string): CuttableClient {
  const sockets = new Set<WebSocket>();
  class RecordedSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols, { perMessageDeflate: false });
      sockets.add(this);
      this.once("close", () => sockets.delete(this));
    }
  }
  const client = new SynapClient({ url, transport: "websocket", WebSocket: RecordedSocket });
  client.on("error", () => undefined);
  return {
    client,
    cut() {
      for (const socket of sockets) socket.terminate();
    },
    freeze() {
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      for (const socket of sockets) socket.resume();
    },
  };
}

/** Numbers in [0, 1), the same each time for one seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Ends the run with what was found, if anything was. */
export function finish(faults: readonly string[]): void {
  for (const fault of faults.slice(0, 20)) console.log(`FAULT  ${fault}`);
  console.log(faults.length === 0 ? "no fault" : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
