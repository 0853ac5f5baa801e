import type { IncomingMessage } from "node:http";
import { nearestName, SynapError } from "@hivellm/synap-protocol";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { eventStreamRoutes, socketFeedRoutes } from "../feeds/feed-routes.ts";
import { type EventPorts, serveEvents } from "../feeds/serve-events.ts";
import { handleBatch, handleCommand } from "./command-endpoint.ts";
import type { Exchange } from "./exchange.ts";
import { type RoutePorts, restRoutes } from "./rest-routes.ts";
import { matchesTemplate } from "./route-template.ts";
import { notAnUpgrade, type SystemPorts, systemRoutes } from "./system-routes.ts";

/** What the routes need of the server. */
export interface AppPorts extends RoutePorts, SystemPorts {
  readonly events: EventPorts;
}

/** Answers requests that the gate let in. */
export interface App {
  handle(exchange: Exchange): void;
  /** The methods that a path answers to, in their usual order; none if there is no such path. */
  methodsOf(path: string): string[];
}

interface Env {
  Bindings: Exchange;
}

type Handler = (exchange: Exchange) => void | Promise<void>;

const METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"] as const;

/**
 * The routes. Hono finds the handler by the raw path; handlers write the answer to Node's response
 * themselves. There is no middleware: it would make an object of each answer.
 */
export function createApp(ports: AppPorts): App {
  const app = new Hono<Env>({
    getPath: (_request, options) => (options as { env: Exchange }).env.target.path,
  });
  const paths: string[] = [];
  const add = (method: string, pattern: string, path: string, handler: Handler): void => {
    app.on(method, pattern, (c) => run(c, handler));
    paths.push(path);
  };
  const routes = restRoutes();
  for (const route of routes) {
    const { pattern, path } = route.template;
    add(route.method, pattern, path, (exchange) => {
      if (!route.hasHead && exchange.incoming.method === "HEAD") throw noMethod(exchange, ["GET"]);
      return route.handle(exchange, ports);
    });
  }
  for (const route of eventStreamRoutes) {
    const { pattern, path } = route.template;
    add("GET", pattern, path, (exchange) => serveEvents(route, exchange, ports.events));
  }
  for (const { template } of socketFeedRoutes) {
    const { pattern, path } = template;
    add("GET", pattern, path, (exchange) => exchange.fail(notAnUpgrade(path)));
  }
  for (const { path, handle } of systemRoutes()) {
    add("GET", path, path, (exchange) => handle(exchange, ports));
  }
  add("POST", "/api/v1/command", "/api/v1/command", (exchange) => handleCommand(exchange, ports));
  add("POST", "/api/v1/batch", "/api/v1/batch", (exchange) => handleBatch(exchange, ports));

  const methodsOf = (path: string): string[] => {
    const found = METHODS.filter((method) => app.router.match(method, path)[0].length > 0);
    const isHeadless = routes.some(
      ({ method, template, hasHead }) =>
        method === "GET" && !hasHead && matchesTemplate(template, path),
    );
    return found.flatMap((method) =>
      method === "GET" && !isHeadless ? ["GET", "HEAD"] : [method],
    );
  };
  app.notFound((c) => {
    c.env.fail(noRoute(c.env, methodsOf(c.env.target.path), paths));
    return RESPONSE_ALREADY_SENT;
  });
  return { handle: nodeHandler(app), methodsOf };
}

async function run({ env: exchange }: Context<Env>, handler: Handler): Promise<Response> {
  try {
    await handler(exchange);
  } catch (error) {
    exchange.fail(error);
    const { outgoing } = exchange;
    if (!outgoing.writableEnded) outgoing.destroy(); // it broke in the middle of an answer
  }
  return RESPONSE_ALREADY_SENT;
}

function noRoute(exchange: Exchange, methods: string[], paths: readonly string[]): SynapError {
  const path = exchange.target.path.slice(0, 200);
  if (methods.length > 0) return noMethod(exchange, methods);
  const nearest = nearestName(path, paths);
  const hint = nearest === null ? "See /openapi.json." : `Did you mean ${nearest}?`;
  return new SynapError("ROUTE_NOT_FOUND", `There is nothing at ${JSON.stringify(path)}. ${hint}`, {
    details: nearest === null ? {} : { nearest },
  });
}

function noMethod({ incoming, target }: Exchange, methods: readonly string[]): SynapError {
  const path = target.path.slice(0, 200);
  return new SynapError("METHOD_NOT_ALLOWED", `${path} does not answer to ${incoming.method}.`, {
    details: { allow: [...methods, "OPTIONS"] },
  });
}

/** Where a Node request keeps its exchange on the way through Hono's adapter. */
const EXCHANGE = Symbol("exchange");

type Carrier = IncomingMessage & { [EXCHANGE]: Exchange };

/**
 * Feeds Hono from Node's requests; the exchange travels as Hono's environment. The adapter makes a
 * URL of Host and target, and chokes on what a URL does not allow. Nobody reads that URL, so it is
 * given a Host and a target that are always fine; the exchange has the real ones.
 */
function nodeHandler(app: Hono<Env>): (exchange: Exchange) => void {
  const listener = getRequestListener(
    (request, { incoming }) => app.fetch(request, (incoming as Carrier)[EXCHANGE]),
    { overrideGlobalObjects: false, autoCleanupIncoming: false },
  );
  return (exchange) => {
    const incoming = exchange.incoming as Carrier;
    incoming.url = "/";
    incoming.headers.host = "localhost";
    incoming[EXCHANGE] = exchange;
    void listener(incoming, exchange.outgoing);
  };
}
