import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { invalidRequest, MAX_POLL_SECONDS, type SynapError } from "@hivellm/synap-protocol";
import type { Logger } from "pino";
import type { TransportLimits } from "../transport-limits.ts";
import type { App } from "./app.ts";
import { answerParserErrors } from "./connection-errors.ts";
import { isPreflight, sendOptions } from "./cors.ts";
import { Exchange } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { Pipelines } from "./pipelines.ts";
import type { RequestIds } from "./request-ids.ts";
import { readTarget, type Target } from "./target.ts";

/** What the front needs of the server. */
export interface HttpFrontPorts {
  readonly app: App;
  readonly gate: Gate;
  readonly ids: RequestIds;
  readonly limits: TransportLimits;
  readonly logger: Logger;
}

/** How often Node looks for requests that are late. */
const TIMEOUT_CHECK_MS = 5_000;

/** A long poll is silent for as long as it waits: no timeout may be shorter. */
const LONGEST_SILENCE_MS = 2 * MAX_POLL_SECONDS * 1_000;

const NO_TARGET: Target = { path: "", query: "", authority: null };

/** Takes HTTP requests from Node: the gate and OPTIONS here, all else by the routes. */
export class HttpFront {
  readonly #ports: HttpFrontPorts;
  readonly #pipelines = new Pipelines();
  #running = 0;
  #stopping = false;
  #onIdle: (() => void) | null = null;

  constructor(ports: HttpFrontPorts) {
    this.#ports = ports;
  }

  /** Whether the server takes no more work. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Makes a server that does not listen yet. */
  createServer(): Server {
    const { limits, ids } = this.#ports;
    const server = createServer({
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, TIMEOUT_CHECK_MS),
      requireHostHeader: false, // Node would answer without a body; the gate checks it
    });
    // Who neither sends nor reads for so long is gone; a request that is late was answered before.
    server.timeout = Math.max(2 * limits.requestTimeoutMs, LONGEST_SILENCE_MS);
    const take = (run: (exchange: Exchange) => void, awaitsContinue: boolean) => {
      return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
        this.#pipelines.enter(incoming, outgoing, () =>
          run(this.#open(incoming, outgoing, awaitsContinue)),
        );
      };
    };
    server.on(
      "request",
      take((exchange) => this.#handle(exchange), false),
    );
    server.on(
      "checkContinue",
      take((exchange) => this.#handle(exchange), true),
    );
    server.on(
      "checkExpectation",
      take((exchange) => exchange.fail(unknownExpectation()), false),
    );
    answerParserErrors(server, ids, this.#pipelines);
    return server;
  }

  /** Takes no new work; settles when what runs has been answered, or after the grace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#ports.limits.stopGraceMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #handle(exchange: Exchange): void {
    const { app, gate } = this.#ports;
    const refusal = gate.check(exchange.incoming);
    if (refusal !== null) return exchange.fail(refusal);
    if (exchange.target === NO_TARGET) return exchange.fail(noPath());
    exchange.admit();
    if (exchange.incoming.method !== "OPTIONS") return app.handle(exchange);
    const { path } = exchange.target;
    const methods = app.methodsOf(path);
    if (methods.length > 0 || path === "*" || isPreflight(exchange)) sendOptions(exchange, methods);
    else app.handle(exchange);
  }

  #open(incoming: IncomingMessage, outgoing: ServerResponse, awaitsContinue: boolean): Exchange {
    this.#running++;
    outgoing.once("close", () => this.#ended());
    if (this.#stopping) outgoing.shouldKeepAlive = false;
    return new Exchange(incoming, outgoing, {
      requestId: this.#ports.ids.of(incoming.headers),
      target: readTarget(incoming.url ?? "") ?? NO_TARGET,
      awaitsContinue,
      logger: this.#ports.logger,
    });
  }

  #ended(): void {
    this.#running--;
    if (this.#running === 0) this.#onIdle?.();
  }
}

function unknownExpectation(): SynapError {
  return invalidRequest("The expectation is not known.", {
    path: "Expect",
    expected: "100-continue",
  });
}

function noPath(): SynapError {
  return invalidRequest("The request target is no path.", { expected: "/…" });
}
