import {
  type CallOptions,
  type CommandCall,
  invalidRequest,
  MAX_BATCH_COMMANDS,
  wireCommand,
} from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { callOf, type Name, type Request, refusal, run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import { turns } from "../../test/turns.ts";
import type { Session } from "./types.ts";

async function refused(
  session: Session,
  name: Name,
  request: Request<Name>,
  options: CallOptions,
): Promise<unknown> {
  const { code, details } = await refusal(session.execute(callOf(name, request, options)));
  return { code, path: details.path };
}

describe("what stands beside a payload", () => {
  test.each([
    [{ sync: true }, { code: "INVALID_REQUEST", path: "sync" }],
    [{ guard: { lease: "l", token: 1 } }, { code: "INVALID_REQUEST", path: "guard" }],
    [{ retry: true }, { code: "OUTCOME_UNKNOWN" }],
    [{ sync: false, retry: true }, { code: "OUTCOME_UNKNOWN" }],
  ])("%j is refused with the reason, and nothing has run", async (options, expected) => {
    const { caller } = openLab();
    const session = caller();
    expect(await refused(session, "kv.set", { key: "a", value: 1 }, options)).toEqual(expected);
    expect(await run(session, "kv.exists", { keys: ["a"] })).toEqual({ count: 0 });
  });

  test.each([{}, { sync: false }, { retry: false }])("%j asks for nothing", async (options) => {
    const session = openLab().caller();
    expect(await run(session, "kv.set", { key: "a", value: 1 }, options)).toMatchObject({
      success: true,
    });
  });

  test.each([{ sync: true }, { retry: true }, { guard: { lease: "l", token: 1 } }])(
    "%j makes no sense for a command that changes nothing",
    async (options) => {
      const session = openLab().caller();
      expect(await refused(session, "kv.get", { key: "a" }, options)).toEqual({
        code: "INVALID_REQUEST",
        path: Object.keys(options)[0],
      });
    },
  );
});

describe("a payload that breaks a rule", () => {
  test("stops before anything runs, with the path of the field", async () => {
    const session = openLab().caller();
    const command = wireCommand("kv.set");
    const call: CommandCall = { command, payload: { key: "", value: new Uint8Array([1]) } };
    expect(await refusal(session.execute(call))).toMatchObject({
      code: "INVALID_REQUEST",
      details: { path: "key" },
    });
  });
});

describe("a bug in a command", () => {
  test("is answered as INTERNAL without its text, and told", async () => {
    const { engine, party, faults } = openLab();
    const socket = party();
    const fault = new Error("secret of the implementation");
    engine.state.kv.findLive = () => {
      throw fault;
    };
    socket.request("kv.get", { key: "a" });
    await turns(3);
    expect(socket.failures.map(({ error }) => error)).toEqual([
      { code: "INTERNAL", message: expect.not.stringContaining("secret") },
    ]);
    expect(faults).toEqual([fault]);
  });
});

describe("a batch", () => {
  function batch(commands: unknown[]): CommandCall {
    return { command: wireCommand("batch"), payload: { commands } };
  }

  function results(session: Session, commands: unknown[]): Promise<unknown> {
    return session.execute(batch(commands)).then(({ payload }) => payload.results);
  }

  test("runs its commands in order; one failure does not stop the others", async () => {
    const session = openLab().caller();
    expect(
      await results(session, [
        callOf("kv.set", { key: "a", value: 5 }),
        callOf("kv.persist", { key: "missing" }),
        callOf("kv.incr", { key: "a" }),
        { error: invalidRequest("could not be read", { path: "command" }) },
        callOf("kv.get", { key: "a" }),
      ]),
    ).toMatchObject([
      { command: { name: "kv.set" }, payload: { success: true } },
      { error: { code: "KEY_NOT_FOUND" } },
      { payload: { value: 6 } },
      { error: { code: "INVALID_REQUEST", details: { path: "command" } } },
      { payload: { found: true } },
    ]);
  });

  test("runs with nothing in between, each command a record of its own", async () => {
    const { caller, journal } = openLab();
    const session = caller();
    const all = results(
      session,
      Array.from({ length: 100 }, () => callOf("kv.incr", { key: "a" })),
    );
    const other = run(session, "kv.incr", { key: "a" });
    expect(await all).toEqual(
      Array.from({ length: 100 }, (_, i) => expect.objectContaining({ payload: { value: i + 1 } })),
    );
    expect(await other).toEqual({ value: 101 });
    expect(journal.blocks.flatMap(({ records }) => records)).toHaveLength(101);
  });

  test("cannot hold a batch", async () => {
    const session = openLab().caller();
    expect(await results(session, [batch([])])).toMatchObject([
      { error: { code: "INVALID_REQUEST", details: { path: "command" } } },
    ]);
  });

  test("checks each member's payload and options", async () => {
    const session = openLab().caller();
    expect(
      await results(session, [
        callOf("kv.set", { key: "", value: 1 }),
        callOf("kv.set", { key: "a", value: 1 }, { retry: true }),
        callOf("kv.watch", { prefix: "" }),
      ]),
    ).toMatchObject([
      { error: { code: "INVALID_REQUEST", details: { path: "key" } } },
      { error: { code: "OUTCOME_UNKNOWN" } },
      { error: { code: "INVALID_REQUEST" } },
    ]);
  });

  test(`holds at most ${MAX_BATCH_COMMANDS} commands, and may hold none`, async () => {
    const session = openLab().caller();
    expect(await results(session, [])).toEqual([]);
    const many = Array.from({ length: MAX_BATCH_COMMANDS + 1 }, () =>
      callOf("kv.incr", { key: "a" }),
    );
    expect(await refusal(session.execute(batch(many)))).toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
      details: { limit: MAX_BATCH_COMMANDS, actual: MAX_BATCH_COMMANDS + 1 },
    });
    expect(await run(session, "kv.exists", { keys: ["a"] })).toEqual({ count: 0 });
  });

  test("whose commands are no array is refused", async () => {
    const session = openLab().caller();
    const call = { command: wireCommand("batch"), payload: { commands: "kv.get" } };
    expect(await refusal(session.execute(call))).toMatchObject({
      code: "INVALID_REQUEST",
      details: { path: "commands" },
    });
  });

  test("answers no more than a frame holds: what is read beyond it is refused, writes go on", async () => {
    const session = openLab({ maxFrameBytes: 1_000 }).caller();
    const value = "x".repeat(400);
    await run(session, "kv.set", { key: "a", value });
    const get = callOf("kv.get", { key: "a" });
    const all = await results(session, [get, get, get, get, callOf("kv.incr", { key: "n" }), get]);
    const codes = (all as Record<string, { code?: string }>[]).map(({ error }) => error?.code);
    const refused = "PAYLOAD_TOO_LARGE";
    expect(codes).toEqual([undefined, undefined, refused, refused, undefined, refused]);
    expect(await run(session, "kv.get", { key: "n" })).toMatchObject({ value: 1 });
  });
});
