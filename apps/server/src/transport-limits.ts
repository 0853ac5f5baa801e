/** Every bound of the transports, each with its unit in its name. Those of the engine are core's. */
export interface TransportLimits {
  /** A request's line and headers together. A key of 4 KiB, all escaped, takes 12 KiB of it. */
  readonly maxHeaderBytes: number;
  /** How long a request's headers, and the whole request, may take to arrive. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long a connection may idle between two requests; longer than the pools of common clients. */
  readonly keepAliveTimeoutMs: number;
  /** How much of a refused body is read and thrown away, so that its sender can read the answer. */
  readonly maxDiscardBytes: number;
  readonly discardTimeoutMs: number;
  /** HTTP callers that are remembered, and how long an idle one is. */
  readonly maxHttpSessions: number;
  readonly httpSessionIdleMs: number;
  /** A socket is asked for a sign of life this often, and has this long to give it. */
  readonly pingIntervalMs: number;
  /** Unsent bytes of a socket: above the first it is read no more, below the second it is again. */
  readonly socketHighWaterBytes: number;
  readonly socketLowWaterBytes: number;
  /** A socket with more unsent bytes than this is cut. */
  readonly maxSocketBufferBytes: number;
  /** A peer whose connection stays full for this long counts as slow: the log says so. */
  readonly broadcastTimeoutMs: number;
  /** How long a stopping server waits for running requests, then for sockets to say goodbye. */
  readonly stopGraceMs: number;
}

export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  maxHeaderBytes: 32 * 1024,
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 75_000,
  maxDiscardBytes: 64 * 1024 * 1024,
  discardTimeoutMs: 5_000,
  maxHttpSessions: 1_000,
  httpSessionIdleMs: 60_000,
  pingIntervalMs: 30_000,
  socketHighWaterBytes: 1024 * 1024,
  socketLowWaterBytes: 256 * 1024,
  maxSocketBufferBytes: 64 * 1024 * 1024,
  broadcastTimeoutMs: 1_000,
  stopGraceMs: 5_000,
};
