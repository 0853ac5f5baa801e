import type { Call } from "../calls/call.ts";

/**
 * The seam between a client and whatever carries its commands. Outcomes go to the transport's
 * {@link CallSink}, one each for every call that was sent and not forgotten.
 */
export interface Transport {
  /** Takes a call on its way. Throws INVALID_REQUEST for what cannot travel. */
  send(call: Call): void;
  /** Nobody waits for this call any more; the server is told where it can be. */
  forget(call: Call): void;
  /** Ends every connection. The calls that are left are the caller's affair. */
  close(): Promise<void>;
}
