import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SynapError } from "@hivellm/synap-protocol";
import { withoutBrackets } from "./hosts.ts";

/** The servers that listen, all on one port. */
export interface Listening {
  readonly servers: readonly Server[];
  readonly port: number;
  /** The addresses they are bound to. */
  readonly addresses: readonly string[];
}

/** What a free port on the first address may turn out to be taken as on the second. */
const FREE_PORT_TRIES = 10;
const NO_SUCH_ADDRESS = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"];

/**
 * Listens on `host`; `localhost` is 127.0.0.1 and ::1, since clients differ in which of them they
 * try. A machine without IPv6 gets 127.0.0.1 alone.
 */
export async function listen(
  createServer: () => Server,
  host: string,
  port: number,
): Promise<Listening> {
  if (host !== "localhost") {
    const address = withoutBrackets(host);
    const server = await bind(createServer(), address, port);
    return { servers: [server], port: portOf(server), addresses: [address] };
  }
  for (let tries = 1; ; tries++) {
    const v4 = await bind(createServer(), "127.0.0.1", port);
    const bound = portOf(v4);
    try {
      const v6 = await bind(createServer(), "::1", bound);
      return { servers: [v4, v6], port: bound, addresses: ["127.0.0.1", "::1"] };
    } catch (error) {
      const { code = "" } = (error as SynapError).cause as NodeJS.ErrnoException;
      if (NO_SUCH_ADDRESS.includes(code)) {
        return { servers: [v4], port: bound, addresses: ["127.0.0.1"] };
      }
      await new Promise((resolve) => v4.close(resolve));
      if (port !== 0 || tries === FREE_PORT_TRIES) throw error;
    }
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function bind(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, host, port));
    server.once("error", fail);
    server.listen({ host, port, ipv6Only: host === "::1" }, () => {
      server.off("error", fail);
      resolve(server);
    });
  });
}

/** Why listening failed, in one line that says what to do. */
function listenError(cause: NodeJS.ErrnoException, host: string, port: number): SynapError {
  return new SynapError("INVALID_REQUEST", listenFault(cause, host, `${host} port ${port}`), {
    cause,
  });
}

function listenFault(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  where: string,
): string {
  switch (code) {
    case "EADDRINUSE":
      return `${where} is in use: stop what listens there, or choose another --port.`;
    case "EACCES":
      return `${where} needs rights that this process lacks: choose a --port above 1023.`;
    case "ENOTFOUND":
    case "EADDRNOTAVAIL":
      return `${host} is no address of this machine: choose another --host.`;
    default:
      return `Cannot listen on ${where}: ${message}.`;
  }
}
