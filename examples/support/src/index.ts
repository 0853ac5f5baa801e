export type { NodeProcess } from "./process.ts";
export { runProgram, startProgram } from "./program.ts";
export { DEFAULT_PORT, type ServerProcess, startServerProcess } from "./server-process.ts";
export { Visitor } from "./visitor.ts";
