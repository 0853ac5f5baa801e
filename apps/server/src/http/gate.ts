import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { invalidRequest, SynapError } from "@hivellm/synap-protocol";
import { hostOfAuthority, isAddress, isLoopbackHost, isLoopbackOrigin } from "./hosts.ts";
import { readTarget } from "./target.ts";

/** Whom the gate lets in beside loopback. */
export interface GateOptions {
  /** Whether the server listens on an address that others can reach. */
  readonly reachable: boolean;
  /** The host it was told to listen on, and further names it is called by. */
  readonly hosts: readonly string[];
  /** Origins beside those of this machine. */
  readonly origins: readonly string[];
}

/**
 * Decides by Host, Origin and Sec-Fetch-Site whether a request may go on, before anything of it
 * runs. Without this, any web page could use a server on loopback: CORS keeps a page from reading
 * answers, not from sending requests, and DNS rebinding makes any name point here.
 *
 * A reachable server is also addressed by IP address, by the machine's name and by names without a
 * dot (containers on one network): none of these can be a name that a web page has control of.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  #lastGoodHost: string | null = null;

  constructor(options: GateOptions) {
    this.#options = options;
    const own = options.reachable ? [...options.hosts, hostname()] : options.hosts;
    this.#hosts = new Set(own.map((host) => hostOfAuthority(host) ?? host.toLowerCase()));
    this.#origins = new Set(options.origins);
  }

  /** Why a request is refused, or null. */
  check(incoming: IncomingMessage): SynapError | null {
    return this.#checkHost(incoming) ?? this.#checkOrigin(incoming);
  }

  #checkHost(incoming: IncomingMessage): SynapError | null {
    const host = incoming.headers.host;
    if (host === undefined) {
      return incoming.httpVersion === "1.0"
        ? null // HTTP/1.0 has no Host, and no browser speaks it
        : invalidRequest("The request has no Host header.", { path: "Host", expected: "a host" });
    }
    if (countHosts(incoming.rawHeaders) > 1) {
      return invalidRequest("The request has more than one Host header.", {
        path: "Host",
        expected: "one Host header",
      });
    }
    const named = readTarget(incoming.url ?? "")?.authority ?? null;
    return this.#checkAuthority(host) ?? (named === null ? null : this.#checkAuthority(named));
  }

  #checkAuthority(authority: string): SynapError | null {
    if (authority === this.#lastGoodHost) return null;
    const host = hostOfAuthority(authority);
    if (host === null) {
      return invalidRequest("The Host header is not a host and port.", {
        path: "Host",
        expected: "a host, such as localhost:15500",
      });
    }
    if (!this.#isOwnHost(host)) {
      return new SynapError("FORBIDDEN", `This server is not called ${JSON.stringify(host)}.`, {
        details: {
          path: "Host",
          expected:
            "localhost or a loopback address; start the server with --allow-host for others",
        },
      });
    }
    this.#lastGoodHost = authority;
    return null;
  }

  #isOwnHost(host: string): boolean {
    if (isLoopbackHost(host) || this.#hosts.has(host)) return true;
    return this.#options.reachable && (isAddress(host) || !host.includes("."));
  }

  #checkOrigin(incoming: IncomingMessage): SynapError | null {
    const origin = incoming.headers.origin;
    if (origin === undefined) {
      if (incoming.headers["sec-fetch-site"] !== "cross-site") return null;
      return new SynapError("FORBIDDEN", "A page of another site may not use this server.", {
        details: { path: "Sec-Fetch-Site" },
      });
    }
    if (isLoopbackOrigin(origin) || this.#origins.has(origin)) return null;
    const shown = JSON.stringify(origin.slice(0, 200));
    return new SynapError("FORBIDDEN", `The origin ${shown} may not use this server.`, {
      details: {
        path: "Origin",
        expected: "an origin on localhost; start the server with --origin for others",
      },
    });
  }
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count;
}
