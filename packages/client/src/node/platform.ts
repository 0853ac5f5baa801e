import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { systemClock } from "../platform/clock.ts";
import type { Platform } from "../platform/types.ts";
import { openNodeSocket } from "./socket.ts";
import { undiciExchange } from "./undici-exchange.ts";

const gzipAsync = promisify(gzip);

/** Node, and what runs Node's packages: `ws`, a pool of connections, zlib. */
export const nodePlatform: Platform = {
  clock: systemClock,
  random: Math.random,
  openSocket: openNodeSocket,
  openExchange: undiciExchange,
  gzip: (bytes) => gzipAsync(bytes),
};
