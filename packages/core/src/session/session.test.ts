import { type ClientMessage, invalidRequest, type ServerMessage } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { callOf, refusalCode, run } from "../../test/calls.ts";
import { openLab } from "../../test/lab.ts";
import { Party } from "../../test/party.ts";
import { StallingClock } from "../../test/stalling-clock.ts";
import { turns, waitFor } from "../../test/turns.ts";

function sets(count: number, from = 1): ClientMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: "request",
    id: from + i,
    ...callOf("kv.set", { key: `k${from - 1 + i}`, value: i }),
  }));
}

function idsOf(messages: readonly ServerMessage[]): unknown[] {
  return messages.map((message) => (message.kind === "push" ? message.type : message.id));
}

describe("a session's frames", () => {
  test("P2: one frame is answered by one, in the order of its requests", async () => {
    const { party } = openLab();
    const socket = party();
    socket.session.receive(sets(50));
    expect(socket.frames).toEqual([]);
    await waitFor(() => socket.frames.length > 0, "an answer came");
    expect(socket.frames.map(idsOf)).toEqual([Array.from({ length: 50 }, (_, i) => i + 1)]);
  });

  test("P3: while its socket is full a party's commands wait, and go on when it drains", async () => {
    const { party } = openLab();
    const socket = party();
    socket.session.receive(sets(2));
    await waitFor(() => socket.messages.length === 2, "the first are answered");
    socket.writable = false;
    socket.session.receive(sets(3, 3));
    await turns(20);
    expect(socket.messages).toHaveLength(2);
    socket.drain();
    await waitFor(() => socket.messages.length === 5, "the rest is answered");
    expect(idsOf(socket.messages)).toEqual([1, 2, 3, 4, 5]);
  });

  test("a request that was refused on the way in is answered in its place", async () => {
    const { party } = openLab();
    const socket = party();
    const error = invalidRequest("It could not be read.");
    const [first, second] = sets(2) as [ClientMessage, ClientMessage];
    socket.session.receive([
      first,
      { kind: "refused", id: "mine", error },
      { kind: "refused", id: null, error },
      second,
    ]);
    await waitFor(() => socket.messages.length === 4, "all four are answered");
    expect(idsOf(socket.messages)).toEqual([1, "mine", null, 2]);
    expect(socket.failures.map(({ error: { code } }) => code)).toEqual([
      "INVALID_REQUEST",
      "INVALID_REQUEST",
    ]);
  });

  test("a ping comes back with its nonce; cancel and done are heard in silence", async () => {
    const { party } = openLab();
    const socket = party();
    socket.session.receive([
      { kind: "notice", type: "cancel", fields: { request_id: 1 } },
      { kind: "notice", type: "done", fields: { request_id: 1 } },
      { kind: "notice", type: "ping", fields: { nonce: 7 } },
    ]);
    await turns(3);
    expect(socket.messages).toEqual([{ kind: "push", type: "ping", fields: { nonce: 7 } }]);
  });

  test("a notice that breaks a rule is answered by a failure without an id", async () => {
    const { party } = openLab();
    const socket = party();
    socket.session.receive([{ kind: "notice", type: "hello", fields: { client_id: "no spaces" } }]);
    await turns(3);
    expect(socket.messages).toMatchObject([
      { kind: "failure", id: null, error: { details: { path: "client_id" } } },
    ]);
  });

  test("10 000 commands in a frame do not hold up another session", async () => {
    const clock = new StallingClock();
    clock.lookMs = 0.1;
    const { engine } = openLab({ sliceMs: 1 }, clock);
    const busy = new Party(engine);
    const other = new Party(engine);
    busy.session.receive(sets(10_000));
    other.request("kv.get", { key: "k0" });
    await waitFor(() => other.messages.length > 0, "the other one is answered");
    const meanwhile = busy.messages.length;
    expect(meanwhile).toBeGreaterThan(0);
    expect(meanwhile).toBeLessThan(2_000);
    await waitFor(() => busy.messages.length === 10_000, "the long frame is worked off");
    expect(idsOf(busy.messages)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
    expect(busy.frames.length).toBeGreaterThan(10);
  });
});

describe("a session with more unread work than it may have", () => {
  /** A clock on which a slice ends at its first look. */
  function slow(): StallingClock {
    const clock = new StallingClock();
    clock.lookMs = 5;
    return clock;
  }

  test("pauses its socket, and resumes it at half", async () => {
    const { engine } = openLab({ maxUnreadMessages: 100 }, slow());
    let doneAtResume = 0;
    class Noting extends Party {
      override resumeReading(): void {
        super.resumeReading();
        doneAtResume = engine.state.kv.table.size;
      }
    }
    const socket = new Noting(engine);
    socket.session.receive(sets(100));
    expect(socket.paused).toBe(false);
    socket.session.receive(sets(60, 101));
    expect(socket.paused).toBe(true);
    await waitFor(() => !socket.paused, "the socket is resumed");
    expect(doneAtResume).toBeGreaterThanOrEqual(110);
    expect(doneAtResume).toBeLessThan(160);
    await waitFor(() => socket.messages.length === 160, "all is answered");
  });

  test("works off what a socket that is resumed hands over at once", async () => {
    const { engine } = openLab({ maxUnreadMessages: 10 }, slow());
    class Eager extends Party {
      override resumeReading(): void {
        super.resumeReading();
        if (this.frames.flat().length < 40) this.session.receive(sets(1, 1_000));
      }
    }
    const socket = new Eager(engine);
    socket.session.receive(sets(26)); // the last slice ends with nothing left
    await waitFor(() => idsOf(socket.messages).includes(1_000), "the last one is answered");
  });
});

describe("P3: a party whose socket is full", () => {
  test("stops in the middle of a frame, and goes on there", async () => {
    const { engine } = openLab();
    const socket = new Party(engine);
    let fitting = 7;
    Object.defineProperty(socket, "writable", { get: () => engine.state.kv.table.size < fitting });
    socket.session.receive(sets(30));
    await turns(5);
    expect(idsOf(socket.messages)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    fitting = 30;
    socket.session.drained();
    await waitFor(() => socket.messages.length === 30, "the rest is answered");
  });

  test("is paused when it sends on, and resumed when it reads", async () => {
    const { engine } = openLab({ maxUnreadMessages: 20 });
    const socket = new Party(engine);
    socket.writable = false;
    socket.session.receive(sets(21));
    expect(socket.paused).toBe(true);
    await turns(5);
    expect(socket.paused).toBe(true);
    socket.drain();
    await waitFor(() => socket.messages.length === 21, "all are answered");
    expect(socket.paused).toBe(false);
  });

  test("holds up nobody else", async () => {
    const { party } = openLab();
    const [full, other] = [party(), party()];
    full.writable = false;
    full.session.receive(sets(10));
    const id = other.request("kv.set", { key: "b", value: 1 });
    await turns(3);
    expect(other.answerTo(id)).toMatchObject({ success: true });
  });
});

describe("a session that ends", () => {
  test("P1: is closed for good: nothing is taken, run or sent any more", async () => {
    const { party, caller } = openLab();
    const socket = party();
    socket.session.receive(sets(1));
    socket.session.close("done");
    socket.session.receive(sets(1, 2));
    expect(await refusalCode(run(socket.session, "kv.get", { key: "k0" }))).toBe("CONNECTION_LOST");
    await turns(3);
    expect(socket.messages).toEqual([]);
    expect(await run(caller(), "kv.get", { key: "k0" })).toMatchObject({ value: 0 });
  });

  test("P1: a lost one takes nothing, and can be closed once", async () => {
    const { party } = openLab();
    const socket = party();
    socket.session.lose();
    socket.session.receive(sets(1));
    expect(await refusalCode(run(socket.session, "kv.get", { key: "k" }))).toBe("CONNECTION_LOST");
    socket.session.close("after all");
    socket.session.close("again");
    socket.session.lose();
    await turns(3);
    expect(socket.messages).toEqual([]);
    expect(socket.ended).toBeNull();
  });

  test("what it has not read is dropped, what it has run stays", async () => {
    const clock = new StallingClock();
    clock.lookMs = 5;
    const { engine, caller } = openLab({}, clock);
    const socket = new Party(engine);
    socket.session.receive(sets(100));
    socket.session.close("done");
    await turns(20);
    const { keys } = await run(caller(), "kv.scan", { count: 1_000 });
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.length).toBeLessThan(100);
  });

  test("one whose sink throws is ended alone, and the fault is told", async () => {
    const lab = openLab();
    const fault = new Error("cannot encode this");
    class Broken extends Party {
      override send(): void {
        throw fault;
      }
    }
    const broken = new Broken(lab.engine);
    const other = lab.party();
    broken.request("kv.get", { key: "a" });
    const id = other.request("kv.set", { key: "a", value: 1 });
    await turns(3);
    expect(lab.faults).toEqual([fault]);
    expect(broken.ended).not.toBeNull();
    expect(other.answerTo(id)).toMatchObject({ success: true });
  });

  test("its pending answers settle all the same", async () => {
    const { party } = openLab();
    const { session } = party();
    const answer = run(session, "kv.set", { key: "a", value: 1 });
    session.close("done");
    expect(await answer).toMatchObject({ success: true });
  });
});
