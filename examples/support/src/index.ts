export type { Environment, RunningProcess } from "./process.ts";
export { runProgram, startCommand, startProgram } from "./program.ts";
export {
  DEFAULT_PORT,
  keepablePort,
  type ServerProcess,
  startServerProcess,
} from "./server-process.ts";
export { until } from "./until.ts";
export { Visitor } from "./visitor.ts";
