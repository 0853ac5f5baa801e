/** A request as it leaves: always a POST, or a GET without a body. */
export interface HttpRequest {
  /** Where, from the base URL on. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null is a GET. */
  readonly body: string | Uint8Array | null;
  readonly signal: AbortSignal;
}

/** A whole answer, or why there is none. */
export type HttpOutcome =
  | {
      readonly ok: true;
      readonly status: number;
      readonly contentType: string;
      readonly body: Uint8Array;
    }
  | {
      readonly ok: false;
      readonly cause: unknown;
      /** False where the request certainly did not reach the server. */
      readonly sent: boolean;
    };

/** One way to do HTTP: a request in, an outcome out. */
export interface HttpExchange {
  /** Never rejects. */
  run(request: HttpRequest): Promise<HttpOutcome>;
  close(): Promise<void>;
}

/** What this library needs of `fetch`. */
export type FetchFunction = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** The part of a fetch's options that is used. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  signal: AbortSignal;
}

/** The part of a fetch's answer that is used. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** System errors after which nothing can have reached the server. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether a request that failed like this may have reached the server. */
export function mayHaveBeenSent(cause: unknown): boolean {
  for (let at = cause; typeof at === "object" && at !== null; at = (at as Error).cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && UNSENT.has(code)) return false;
  }
  return true;
}
