/**
 * The Synap server: one process that serves HTTP and WebSocket on one port.
 *
 * @packageDocumentation
 */
export type { LogLevel, ServerOptions } from "./options.ts";
export { type SynapServer, startServer } from "./start-server.ts";
export type { TransportLimits } from "./transport-limits.ts";
