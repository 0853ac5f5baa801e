import { destination, type Logger, pino } from "pino";
import type { LogLevel } from "./options.ts";

/**
 * The log: one line of JSON each, on standard error, so that standard output keeps to what the
 * program says to its user. Refused requests are logged at debug only: whoever can send rubbish
 * could fill the disk otherwise.
 */
export function createLogger(level: LogLevel): Logger {
  return pino({ name: "synap", level }, destination({ dest: 2, sync: true }));
}
