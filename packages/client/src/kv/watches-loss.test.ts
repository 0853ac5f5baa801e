import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { turns } from "../../test/fake-platform.ts";
import type { SeenRequest } from "../../test/fake-server.ts";
import { fakeWatches, PREFIX } from "../../test/fake-watches.ts";

describe("W3 after a loss", () => {
  test("it goes on where it was", async () => {
    const { server, core, clock, watch, put, synced, answers, named } = fakeWatches();
    const events: string[] = [];
    core.emitter.on("disconnected", () => events.push("disconnected"));
    core.emitter.on("reconnecting", ({ attempt, delayMs }) =>
      events.push(`${attempt}: ${delayMs}`),
    );
    core.emitter.on("connected", () => events.push("connected"));
    const { told } = await watch();
    put("p:1", 3);
    synced(10);
    put("p:1", 11);
    answers["kv.watch"] = () => ({ version: 20, reset: false });
    server.socket.drop();
    await clock.advance(100);
    expect(named("kv.watch").map(({ payload }) => payload)).toEqual([
      { prefix: PREFIX },
      { prefix: PREFIX, from_version: 11 },
    ]);
    put("p:1", 12);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["put", "p:1", 11],
      ["put", "p:1", 12],
    ]);
    expect(events).toEqual(["connected", "disconnected", "1: 100", "connected"]);
  });

  test("or every watcher is reset first", async () => {
    const { server, clock, watch, put, synced } = fakeWatches();
    const { told } = await watch();
    put("p:1", 3);
    synced(10);
    server.socket.drop();
    await clock.advance(100);
    put("p:2", 15);
    synced(20);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["reset"],
      ["put", "p:2", 15],
      ["synced", 20],
    ]);
  });

  test("while the values came: they come anew", async () => {
    const { server, clock, watch, put, synced, named } = fakeWatches();
    const { told } = await watch();
    put("p:1", 3);
    server.socket.drop();
    await clock.advance(100);
    expect(named("kv.watch").at(-1)?.payload).toEqual({ prefix: PREFIX });
    put("p:1", 3);
    synced(20);
    expect(told).toEqual([["put", "p:1", 3], ["reset"], ["put", "p:1", 3], ["synced", 20]]);
  });

  test("one who was told nothing has nothing to forget", async () => {
    const { server, clock, watch, synced } = fakeWatches();
    const { told } = await watch();
    synced(10);
    server.socket.drop();
    await clock.advance(100);
    synced(20);
    expect(told).toEqual([
      ["synced", 10],
      ["synced", 20],
    ]);
  });

  test("it is tried again and again, ever more slowly", async () => {
    const { server, core, clock, watch, synced } = fakeWatches({ retryMaxDelay: 400 });
    const delays: number[] = [];
    core.emitter.on("reconnecting", ({ delayMs }) => delays.push(delayMs));
    await watch();
    synced(10);
    server.accepts = "refuse";
    server.socket.drop();
    await clock.advance(100 + 200 + 400 + 400);
    expect(delays).toEqual([100, 200, 400, 400, 400]);
    server.accepts = "open";
    await clock.advance(400);
    expect(server.socket.requests.map(({ name }) => name)).toEqual(["kv.watch"]);
  });

  test("only a connection that lasted makes the back-off start anew", async () => {
    const { server, core, clock, watch } = fakeWatches();
    const attempts: number[] = [];
    core.emitter.on("reconnecting", ({ attempt }) => attempts.push(attempt));
    await watch();
    server.socket.drop();
    await clock.advance(100);
    server.socket.drop();
    await clock.advance(200);
    await clock.advance(5_000);
    server.socket.drop();
    await clock.advance(100);
    expect(attempts).toEqual([1, 2, 1]);
  });

  test("a call that comes first opens the connection for all", async () => {
    const { server, core, clock, watch, synced, named } = fakeWatches();
    await watch();
    synced(10);
    server.socket.drop();
    await core.kv.get("k");
    await turns();
    expect(server.sockets).toHaveLength(2);
    expect(named("kv.watch")).toHaveLength(2);
    await clock.advance(100_000);
    expect(server.sockets).toHaveLength(2);
  });

  test("the first request is repeated like any read, once", async () => {
    const { server, clock, watch, named, answers } = fakeWatches();
    const { "kv.watch": answer } = answers;
    answers["kv.watch"] = () => null as never;
    const watching = watch();
    await turns();
    server.socket.drop();
    answers["kv.watch"] = answer as never;
    await clock.advance(100);
    await watching;
    expect(named("kv.watch")).toHaveLength(2);
  });

  test("one that is refused afterwards has ended, and that is reported", async () => {
    const { server, core, clock, watch, put, synced, answers } = fakeWatches();
    const errors: Error[] = [];
    core.emitter.on("error", (error) => errors.push(error));
    const { told, subscription } = await watch();
    synced(10);
    answers["kv.watch"] = () => new SynapError("FORBIDDEN", "no more") as never;
    server.socket.drop();
    await clock.advance(100);
    expect(errors).toEqual([expect.objectContaining({ code: "FORBIDDEN" })]);
    put("p:1", 11);
    expect(told).toEqual([["synced", 10]]);
    await subscription.unsubscribe();
    server.socket.drop();
    await clock.advance(100_000);
    expect(server.sockets).toHaveLength(2);
  });

  test("one that came late and still read is reset with the others", async () => {
    const { server, clock, watch, put, synced, answers, table } = fakeWatches();
    const first = await watch();
    synced(10);
    table.set("p:1", { value: 1, version: 3 });
    answers["kv.mget"] = () => null as never;
    const watching = watch();
    await turns();
    server.socket.drop();
    await clock.advance(100);
    put("p:1", 3);
    synced(20);
    const mget = server.socket.requests.find(({ name }) => name === "kv.mget");
    server.socket.reply(mget as SeenRequest, {
      values: [{ found: true, value: 1, ttl: null, version: 3 }],
    });
    const second = await watching;
    expect(second.told).toEqual([
      ["put", "p:1", 3],
      ["synced", 20],
    ]);
    expect(first.told).toEqual([
      ["synced", 10],
      ["put", "p:1", 3],
      ["synced", 20],
    ]);
  });
});

describe("a gap", () => {
  test("is told, and the values come anew", async () => {
    const { server, core, watch, put, synced } = fakeWatches();
    const gaps: unknown[] = [];
    core.emitter.on("gap", (gap) => gaps.push(gap));
    const { told } = await watch();
    put("p:1", 3);
    synced(10);
    server.socket.push("gap", { prefix: PREFIX, reason: "slow", from: 10, to: 90 });
    put("p:2", 80);
    synced(90);
    expect(gaps).toEqual([
      { kind: "watch", prefix: PREFIX, room: null, reason: "slow", from: 10, to: 90, lost: null },
    ]);
    expect(told).toEqual([
      ["put", "p:1", 3],
      ["synced", 10],
      ["reset"],
      ["put", "p:2", 80],
      ["synced", 90],
    ]);
  });
});
