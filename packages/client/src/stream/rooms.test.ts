import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { event, fakeAnswers } from "../../test/fake-answers.ts";
import { failureOf, turns } from "../../test/fake-platform.ts";
import type { FollowOptions } from "./types.ts";

function setup() {
  const fake = fakeAnswers({ retryMaxDelay: 100 });
  const { core, server, answers } = fake;
  const gaps: object[] = [];
  const errors: unknown[] = [];
  core.emitter.on("gap", (gap) => gaps.push(gap));
  core.emitter.on("error", (error) => errors.push(error));
  const follow = async (options: FollowOptions = {}) => {
    const seen: unknown[] = [];
    const onGap = ({ reason }: { reason: string }) => seen.push(reason);
    const subscription = await core.stream.subscribe("r", ({ offset }) => seen.push(offset), {
      onGap,
      ...options,
    });
    return { seen, subscription };
  };
  const answer = (fields: object) => {
    answers["stream.subscribe"] = () => ({ ...ROOM, ...fields });
  };
  const push = (...offsets: number[]) => {
    for (const offset of offsets) server.socket.push("event", event(offset));
  };
  const gap = (fields: object) =>
    server.socket.push("gap", { kind: "stream", room: "r", ...fields });
  const reconnect = async () => {
    server.socket.drop();
    await fake.clock.advance(100);
  };
  return { ...fake, gaps, errors, follow, answer, push, gap, reconnect };
}

const ROOM = { room: "r", next_offset: 6, oldest_offset: 1, newest_offset: 5, incarnation: 7 };

describe("the request", () => {
  test.each<[FollowOptions, object]>([
    [{}, {}],
    [{ fromOffset: 0 }, { from_offset: 0 }],
    [
      { fromOffset: -50, replay: true },
      { from_offset: -50, replay: true },
    ],
    [{ fromOffset: null, replay: null }, {}],
    [{ replay: false }, { replay: false }],
  ])("%j", async (options, payload) => {
    const { follow, asked } = setup();
    await follow(options);
    expect(asked("stream.subscribe")).toEqual([{ room: "r", ...payload }]);
  });

  test("that is refused leaves nothing behind", async () => {
    const { core, answers, follow, asked } = setup();
    answers["stream.subscribe"] = () => new SynapError("SUBSCRIBER_LIMIT", "no");
    expect(await failureOf(follow())).toMatchObject({ code: "SUBSCRIBER_LIMIT" });
    await core.kv.exists("k");
    expect(asked("stream.unsubscribe")).toEqual([{ room: "r" }]);
  });

  test("that is given up rejects at once, and the server is told", async () => {
    const { answers, follow, asked } = setup();
    answers["stream.subscribe"] = () => null;
    answers["stream.unsubscribe"] = () => null;
    const abort = new AbortController();
    const failure = failureOf(follow({ signal: abort.signal }));
    await turns();
    abort.abort();
    expect(await failure).toMatchObject({ code: "CANCELLED" });
    await turns();
    expect(asked("stream.unsubscribe")).toEqual([{ room: "r" }]);
  });

  test("is sent anew when the connection broke before its answer", async () => {
    const { answers, answer, follow, reconnect, push, asked } = setup();
    answers["stream.subscribe"] = () => null;
    const following = follow();
    await turns();
    answer({});
    await reconnect();
    const { seen } = await following;
    push(6);
    expect(seen).toEqual([6]);
    expect(asked("stream.subscribe")).toHaveLength(2);
  });
});

describe("R1 and R2: each event once, in order", () => {
  test("what is older than asked for is not for it", async () => {
    const { answer, follow, push } = setup();
    answer({ next_offset: 3 });
    const { seen } = await follow();
    push(3, 4, 5, 6);
    expect(seen).toEqual([6]);
  });

  test("when the server goes back for another, the first hears nothing twice", async () => {
    const { answer, follow, push } = setup();
    answer({});
    const first = await follow();
    push(6, 7);
    answer({ next_offset: 1, newest_offset: 7 });
    const second = await follow({ fromOffset: 0 });
    push(1, 2, 3, 4, 5, 6, 7, 8);
    expect(first.seen).toEqual([6, 7, 8]);
    expect(second.seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("an event that has no listener any more is dropped", async () => {
    const { follow, push, server } = setup();
    const { seen, subscription } = await follow();
    await subscription.unsubscribe();
    push(6);
    server.socket.push("event", event(1, { room: "other" }));
    expect(seen).toEqual([]);
  });
});

describe("a gap", () => {
  test("of retention: who had not had the events goes on behind them, and is told", async () => {
    const { answer, follow, push, gap, gaps } = setup();
    answer({});
    const first = await follow();
    push(6, 7, 8);
    answer({ next_offset: 2, newest_offset: 8 });
    const second = await follow({ fromOffset: 2 });
    gap({ reason: "retention", from: 2, to: 5, lost: 4, incarnation: 7 });
    push(6, 7, 8, 9);
    expect(first.seen).toEqual([6, 7, 8, 9]);
    expect(second.seen).toEqual(["retention", 6, 7, 8, 9]);
    expect(gaps).toEqual([
      { kind: "stream", prefix: null, room: "r", reason: "retention", from: 2, to: 5, lost: 4 },
    ]);
  });

  test("of a room that was deleted: the next one is read from its beginning", async () => {
    const { follow, push, gap, server } = setup();
    const { seen } = await follow({ replay: false });
    push(1);
    gap({ reason: "deleted" });
    server.socket.push("event", event(1, { event_id: "8-1" }));
    push(2);
    expect(seen).toEqual([1, "deleted", 1, 2]);
  });

  test("a handler of it that throws is reported", async () => {
    const { follow, gap, errors } = setup();
    const boom = new TypeError("boom");
    await follow({
      onGap: () => {
        throw boom;
      },
    });
    gap({ reason: "deleted" });
    expect(errors).toEqual([boom]);
  });
});

describe("R3 after a loss", () => {
  test("it goes on where the earliest listener was, in the same incarnation", async () => {
    const { answer, follow, push, reconnect, asked } = setup();
    answer({});
    const first = await follow();
    answer({ next_offset: 2 });
    const second = await follow({ fromOffset: 2 });
    push(2, 3);
    answer({ next_offset: 4, newest_offset: 8 });
    await reconnect();
    expect(asked("stream.subscribe").at(-1)).toEqual({ room: "r", from_offset: 4, incarnation: 7 });
    push(4, 5, 6, 7);
    expect(first.seen).toEqual([6, 7]);
    expect(second.seen).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test("what went meanwhile is told as a gap", async () => {
    const { answer, follow, push, gap, reconnect } = setup();
    answer({});
    const { seen } = await follow();
    push(6);
    answer({ next_offset: 20, oldest_offset: 20, newest_offset: 30 });
    await reconnect();
    gap({ reason: "retention", from: 7, to: 19, lost: 13, incarnation: 7 });
    push(20, 21);
    expect(seen).toEqual([6, "retention", 20, 21]);
  });

  test("another incarnation is read from its beginning", async () => {
    const { answer, follow, push, gap, reconnect, asked } = setup();
    answer({});
    const { seen } = await follow();
    push(6);
    answer({ next_offset: 1, oldest_offset: 1, newest_offset: 2, incarnation: 8 });
    await reconnect();
    gap({ reason: "recreated", incarnation: 8 });
    push(1, 2, 3);
    await reconnect();
    expect(seen).toEqual([6, "recreated", 1, 2, 3]);
    expect(asked("stream.subscribe").at(-1)).toEqual({ room: "r", from_offset: 4, incarnation: 8 });
  });

  test("of a room that came back under its eyes the incarnation is known by its events", async () => {
    const { follow, gap, server, reconnect, asked } = setup();
    await follow({ replay: false });
    gap({ reason: "deleted" });
    await reconnect();
    expect(asked("stream.subscribe").at(-1)).toEqual({ room: "r", from_offset: 1 });
    gap({ reason: "deleted" });
    server.socket.push("event", event(1, { event_id: "8-1" }));
    await reconnect();
    expect(asked("stream.subscribe").at(-1)).toEqual({ room: "r", from_offset: 2, incarnation: 8 });
  });

  test("one that subscribes on the new connection first does not take the place of the other", async () => {
    const { core, server, answers, answer, follow, push, clock, asked } = setup();
    answer({});
    const first = await follow();
    push(6);
    server.socket.drop();
    const requests: object[] = [];
    answers["stream.subscribe"] = ({ payload }) => {
      requests.push(payload);
      return payload.from_offset === undefined
        ? { ...ROOM, next_offset: 9, newest_offset: 8 }
        : { ...ROOM, next_offset: 7, newest_offset: 8 };
    };
    const second = await follow();
    await clock.advance(0);
    push(7, 8, 9);
    expect(requests).toHaveLength(2);
    expect(first.seen).toEqual([6, 7, 8, 9]);
    expect(second.seen).toEqual([9]);
    expect(asked("stream.subscribe")).toHaveLength(3);
    await core.close();
  });

  test("a refusal ends it, and is reported", async () => {
    const { answers, follow, push, reconnect, errors, server, clock } = setup();
    const { seen } = await follow({ replay: false });
    push(1);
    answers["stream.subscribe"] = () => new SynapError("FORBIDDEN", "no");
    await reconnect();
    push(2);
    expect(seen).toEqual([1]);
    expect(errors).toMatchObject([{ name: "AuthError" }]);
    server.socket.drop();
    await clock.advance(100_000);
    expect(server.sockets).toHaveLength(2);
  });

  test("cut again before the answer, it asks again", async () => {
    const { answers, answer, follow, push, reconnect, asked } = setup();
    answer({});
    const { seen } = await follow();
    answers["stream.subscribe"] = () => null;
    await reconnect();
    answer({});
    await reconnect();
    push(6);
    expect(seen).toEqual([6]);
    expect(asked("stream.subscribe")).toHaveLength(3);
  });
});

test("unsubscribe with the connection gone is done", async () => {
  const { server, follow, clock } = setup();
  const { subscription } = await follow();
  server.accepts = "refuse";
  server.socket.drop();
  await subscription.unsubscribe();
  await clock.advance(100_000);
  expect(server.sockets.length).toBeLessThanOrEqual(2);
});

test("close ends every subscription", async () => {
  const { core, follow, push, clock, server } = setup();
  const { seen } = await follow();
  await core.close();
  push(6);
  expect(seen).toEqual([]);
  await clock.advance(100_000);
  expect(server.sockets).toHaveLength(1);
  expect(clock.timers).toBe(0);
});
