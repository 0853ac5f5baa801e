import { fetchExchange } from "../transport/fetch-exchange.ts";
import { standardSocket } from "../transport/web-socket.ts";
import { systemClock } from "./clock.ts";
import type { Platform } from "./types.ts";

/** Browsers, workers and edge runtimes: what the web gives. */
export const browserPlatform: Platform = {
  clock: systemClock,
  random: Math.random,
  openSocket: typeof WebSocket === "undefined" ? null : standardSocket(WebSocket),
  openExchange: () => fetchExchange(globalThis.fetch.bind(globalThis)),
  gzip: gzipStream,
};

/** Compresses with the web's own streams. */
async function gzipStream(bytes: Uint8Array): Promise<Uint8Array> {
  const body = new Blob([new Uint8Array(bytes)]).stream();
  const zipped = body.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
