import { expect } from "vitest";
import type { ClientCore } from "../src/core.ts";
import { failureOf, fakeCore } from "./fake-platform.ts";
import { FakeServer } from "./fake-server.ts";

type Fields = Record<string, unknown>;

/** A call, the command and payload it must become, the server's answer, and what must come of that. */
export type MethodCase = [
  name: string,
  run: (core: ClientCore) => Promise<unknown>,
  command: string,
  payload: Fields,
  answer: Fields,
  result: unknown,
];

/** A client whose server answers `payload` to whatever is asked. */
export function answering(payload: Fields = {}) {
  const server = new FakeServer(() => payload);
  const { core } = fakeCore({ transport: "websocket", WebSocket: server.WebSocket });
  return { server, core };
}

/** Makes the call of a case, and holds what was sent and what came of it against the case. */
export async function checkMethod(...[, run, name, payload, answer, result]: MethodCase) {
  const { server, core } = answering(answer);
  expect(await run(core)).toEqual(result);
  expect(server.requests).toEqual([{ id: 1, name, payload }]);
}

/** A call that must reject before anything is sent, naming the argument that breaks a rule. */
export type RefusalCase = [name: string, run: (core: ClientCore) => Promise<unknown>, path: string];

export async function checkRefusal(...[, run, path]: RefusalCase) {
  const { server, core } = answering();
  const failure = await failureOf(run(core));
  expect(failure).toMatchObject({ name: "ValidationError", details: { path } });
  expect(server.requests).toEqual([]);
}
