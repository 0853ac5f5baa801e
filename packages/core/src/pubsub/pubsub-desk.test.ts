import { describe, expect, test } from "vitest";
import { labOf, topicsTold } from "../../test/pubsub-lab.ts";

describe("a message", () => {
  test("S1: goes once to each subscriber, however many of its patterns match", () => {
    const { lab, one, two, three } = labOf(["one", "two", "three"]);
    lab.subscribe(one, ["a.b", "a.*", "#", "#.b"]);
    lab.subscribe(two, "a.#");
    lab.subscribe(three, ["b.#", "a"]);
    expect(lab.publish("a.b")).toBe(2);
    lab.flush();
    expect([one.told, two.told, three.told]).toEqual([["a.b 101"], ["a.b 101"], []]);
  });

  test("comes as it was published, and is one object for all", () => {
    const { lab, one, two } = labOf(["one", "two"]);
    for (const peer of [one, two]) lab.subscribe(peer, "news.*");
    lab.publish("news.eu", { deep: [1] });
    lab.flush();
    expect(one.pushes[0]).toBe(two.pushes[0]);
    expect(one.pushes[0]).toMatchObject({
      kind: "push",
      type: "message",
      fields: { topic: "news.eu", message_id: "101", timestamp: 1_700_000_000_000 },
    });
  });

  test("S2: comes with all others of the turn in one call, in order, with the newest seq", () => {
    const { lab, one } = labOf(["one"]);
    lab.subscribe(one, ["a", "b"]);
    for (const topic of ["a", "b", "a", "c"]) lab.publish(topic);
    expect(one.calls).toEqual([]);
    lab.flush();
    expect(one.calls).toHaveLength(1);
    expect(one.told).toEqual(["a 101", "b 102", "a 103"]);
    expect(one.seqs).toEqual([104]);
  });

  test("of a batch that unsubscribes comes before the answer", () => {
    const { lab, one } = labOf(["one"]);
    lab.subscribe(one, ["a", "b"]);
    lab.publish("a");
    lab.unsubscribe(one, "a");
    expect(one.told).toEqual(["a 101"]);
    lab.publish("a");
    lab.publish("b");
    lab.flush();
    expect(topicsTold(one)).toEqual(["a", "b"]);
  });
});

describe("a group", () => {
  test("S1: gets each message once, its members in turn", () => {
    const { lab, one, two, three } = labOf(["one", "two", "three"]);
    for (const peer of [one, two, three]) lab.subscribe(peer, "jobs.*", "workers");
    for (let i = 0; i < 6; i++) expect(lab.publish(`jobs.${i}`)).toBe(1);
    lab.flush();
    expect(one.told).toEqual(["jobs.0@workers 101", "jobs.3@workers 104"]);
    expect(two.told).toEqual(["jobs.1@workers 102", "jobs.4@workers 105"]);
    expect(three.told).toEqual(["jobs.2@workers 103", "jobs.5@workers 106"]);
  });

  test("S1: beside other groups and plain subscriptions, of one party too", () => {
    const { lab, one, two } = labOf(["one", "two"]);
    lab.subscribe(one, ["a.*", "a.#"], "red");
    lab.subscribe(one, "#");
    lab.subscribe(one, "a.b", "blue");
    lab.subscribe(two, "a.b", "red");
    expect(lab.publish("a.b")).toBe(3);
    expect(lab.publish("a.b")).toBe(3);
    lab.flush();
    const red = [...one.told, ...two.told].filter((line) => line.startsWith("a.b@red"));
    expect(red).toEqual(["a.b@red 101", "a.b@red 102"]);
    expect(one.told.filter((line) => !line.includes("@red"))).toEqual([
      "a.b 101",
      "a.b@blue 101",
      "a.b 102",
      "a.b@blue 102",
    ]);
    expect(two.told).toEqual(["a.b@red 102"]);
  });

  test("passes over a member whose socket is full, as long as another one takes messages", () => {
    const { lab, one, two } = labOf(["one", "two"]);
    for (const peer of [one, two]) lab.subscribe(peer, "a", "g");
    one.writable = false;
    for (let i = 0; i < 3; i++) lab.publish("a");
    lab.flush();
    expect([one.told.length, two.told.length]).toEqual([0, 3]);
    two.writable = false;
    for (let i = 0; i < 4; i++) lab.publish("a");
    lab.flush();
    lab.drain(one);
    lab.drain(two);
    expect([one.told.length, two.told.length]).toEqual([2, 5]);
  });
});

describe("a subscriber whose socket is full", () => {
  test("S2: gets what waited, in order, in one call and before what is new", () => {
    const { lab, slow, quick } = labOf(["slow", "quick"]);
    for (const peer of [slow, quick]) lab.subscribe(peer, "a");
    slow.writable = false;
    for (let i = 0; i < 3; i++) {
      lab.publish("a");
      lab.flush();
    }
    expect([slow.calls.length, quick.calls.length]).toEqual([0, 3]);
    slow.writable = true;
    lab.part.drained(slow);
    lab.publish("a");
    lab.flush();
    expect(slow.calls).toHaveLength(1);
    expect(slow.told).toEqual(["a 101", "a 102", "a 103", "a 104"]);
    lab.publish("a");
    lab.flush();
    expect(slow.told.at(-1)).toBe("a 105");
  });

  test("S3: loses the oldest and is told once how many, before what is left", () => {
    const { lab, slow } = labOf(["slow"], { pubsubBufferMessages: 2 });
    lab.subscribe(slow, "a");
    slow.writable = false;
    for (let i = 0; i < 5; i++) {
      lab.publish("a");
      lab.flush();
    }
    lab.drain(slow);
    expect(slow.told).toEqual(["gap 3", "a 104", "a 105"]);
    expect(slow.pushes[0]).toEqual({
      kind: "push",
      type: "gap",
      fields: { kind: "pubsub", reason: "slow", lost: 3 },
    });
    lab.drain(slow);
    lab.publish("a");
    lab.flush();
    expect(slow.told.slice(3)).toEqual(["a 106"]);
    slow.writable = false;
    for (let i = 0; i < 3; i++) lab.publish("a");
    lab.flush();
    lab.drain(slow);
    expect(slow.told.slice(4)).toEqual(["gap 1", "a 108", "a 109"]);
  });

  test("S3: is told of a gap also when nothing is left", () => {
    const { lab, slow } = labOf(["slow"], { pubsubBufferBytes: 100 });
    lab.subscribe(slow, "a");
    slow.writable = false;
    lab.publish("a", "x".repeat(100));
    lab.flush();
    lab.drain(slow);
    expect(slow.told).toEqual(["gap 1"]);
  });

  test("loses nothing by a turn with more than the buffer holds while it takes them", () => {
    const { lab, one } = labOf(["one"], { pubsubBufferMessages: 2 });
    lab.subscribe(one, "a");
    for (let i = 0; i < 50; i++) lab.publish("a");
    lab.flush();
    expect(one.told).toHaveLength(50);
  });

  test("gets a page a turn, so that what it takes at once stays in bounds", () => {
    const { lab, slow } = labOf(["slow"], { maxPageBytes: 3_000 });
    lab.subscribe(slow, "a");
    slow.writable = false;
    for (let i = 0; i < 5; i++) lab.publish("a", "x".repeat(1_600));
    lab.flush();
    slow.writable = true;
    lab.part.drained(slow);
    lab.flushOnce();
    expect(slow.told).toEqual(["a 101", "a 102"]);
    lab.publish("a");
    lab.flushOnce();
    expect(slow.told).toEqual(["a 101", "a 102", "a 103", "a 104"]);
    slow.writable = false;
    lab.flush();
    expect(slow.calls).toHaveLength(2);
    lab.drain(slow);
    expect(slow.told.slice(4)).toEqual(["a 105", "a 106"]);
  });

  test("S3: each gap stands where the messages are missing", () => {
    const { lab, slow } = labOf(["slow"], { maxPageBytes: 1, pubsubBufferMessages: 2 });
    lab.subscribe(slow, "a");
    slow.writable = false;
    for (let i = 0; i < 3; i++) lab.publish("a");
    lab.flush();
    slow.writable = true;
    lab.part.drained(slow);
    lab.flushOnce(); // a page is one message
    slow.writable = false;
    for (let i = 0; i < 3; i++) lab.publish("a");
    lab.flush();
    lab.drain(slow);
    expect(slow.told).toEqual(["gap 1", "a 102", "gap 2", "a 105", "a 106"]);
  });

  test("takes memory within its bounds, shared with the others that are slow", () => {
    const names = Array.from({ length: 50 }, (_, i) => `p${i}`);
    const { lab, ...all } = labOf(names, { pubsubBufferMessages: 10 });
    const slow = Object.values(all);
    for (const peer of slow) {
      lab.subscribe(peer, "a");
      peer.writable = false;
    }
    const before = lab.part.bytes();
    const size = 10_000;
    for (let i = 0; i < 100; i++) {
      lab.publish("a", "x".repeat(size));
      lab.flush();
    }
    const held = lab.part.bytes() - before;
    expect(held).toBeGreaterThan(10 * size);
    expect(held).toBeLessThan(2 * 10 * size);
    for (const peer of slow) lab.drain(peer);
    expect(lab.part.bytes()).toBe(before);
    for (const peer of slow) expect(peer.told).toHaveLength(11);
  });
});
