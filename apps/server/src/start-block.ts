import { formatByteSize } from "./byte-size.ts";
import { hostInUrl } from "./http/hosts.ts";
import { SOCKET_PATH } from "./http/system-routes.ts";
import { availableMemory, defaultMaxMemoryBytes } from "./memory-limit.ts";
import type { ResolvedOptions } from "./options.ts";
import type { SynapServer } from "./start-server.ts";
import { VERSION } from "./version.ts";

/** What the program says when it has started: what it serves, where, and what it does not do. */
export function startBlock(
  server: Pick<SynapServer, "url" | "port" | "addresses">,
  options: ResolvedOptions,
): string {
  const { url, port, addresses } = server;
  const urls = addresses.map((address) => `http://${hostInUrl(address)}:${port}`);
  const socket = `${url.replace(/^http/, "ws")}${SOCKET_PATH}`;
  return [
    `Synap ${VERSION}: a key-value store, queues, event rooms and pub/sub over HTTP and WebSocket.`,
    "",
    `  listens on   ${urls.join("  ")}`,
    `  WebSocket    ${socket}`,
    `  docs         ${url}/openapi.json`,
    `  memory       ${memoryLine(options)}`,
    `  data         lives in memory only: it is gone when this process stops`,
    `  access       ${accessLine(options)}`,
    "",
    `  try          curl ${url}/kv/set -H 'Content-Type: application/json' -d '{"key":"hello","value":"world"}'`,
    `               curl ${url}/kv/get/hello`,
    "",
    "Ctrl+C stops it.",
    "",
  ].join("\n");
}

function memoryLine({ limits: { maxMemoryBytes, evictionPolicy } }: ResolvedOptions): string {
  if (maxMemoryBytes === null) return "no limit for what is kept (--max-memory sets one)";
  const full =
    evictionPolicy === "noeviction"
      ? "when full, writes are refused"
      : `when full, ${evictionPolicy}`;
  const available = availableMemory();
  const isDefault = maxMemoryBytes === defaultMaxMemoryBytes(available);
  const share = isDefault ? ` (60 % of ${available.boundBy}; --max-memory sets another)` : "";
  return `at most ${formatByteSize(maxMemoryBytes)} for all that is kept${share}; ${full}`;
}

function accessLine({ reachable }: ResolvedOptions): string {
  return reachable
    ? "NO AUTHENTICATION: whoever reaches this port may read and change everything"
    : "this machine only, without authentication";
}
