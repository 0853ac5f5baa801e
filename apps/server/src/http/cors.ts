import type { Exchange } from "./exchange.ts";

/** Headers of answers that pages may read. */
export const EXPOSED_HEADERS =
  "ETag, X-Synap-TTL, Retry-After, X-Request-Id, X-Synap-Durability, Allow";

const REQUEST_HEADERS = [
  "Content-Type",
  "Content-Encoding",
  "Accept",
  "Authorization",
  "X-API-Key",
  "X-Request-Id",
  "Last-Event-ID",
  "X-Synap-Client",
  "X-Synap-Sync",
  "X-Synap-Guard",
  "X-Synap-Retry",
].join(", ");

const METHODS = "GET, HEAD, POST, DELETE, OPTIONS";
const PREFLIGHT_SECONDS = "600";

/**
 * Answers OPTIONS on a path with these methods: what may be done there, and for a page's preflight,
 * that the page may do it. The gate has already refused pages that may not.
 */
export function sendOptions(exchange: Exchange, methods: readonly string[]): void {
  const { headers } = exchange.incoming;
  const allow = methods.length === 0 ? METHODS : [...methods, "OPTIONS"].join(", ");
  if (!isPreflight(exchange)) return exchange.send(204, null, "", { allow });
  exchange.send(204, null, "", {
    allow,
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": REQUEST_HEADERS,
    "access-control-max-age": PREFLIGHT_SECONDS,
    // A page of another network zone asks for this before it may speak to a local address.
    ...(headers["access-control-request-private-network"] === "true"
      ? { "access-control-allow-private-network": "true" }
      : {}),
  });
}

/** Whether a browser asks on a page's behalf. */
export function isPreflight({ incoming: { headers } }: Exchange): boolean {
  return headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}
