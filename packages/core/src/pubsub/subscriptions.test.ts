import { describe, expect, test } from "vitest";
import { labOf, type PubsubLab, topicsTold } from "../../test/pubsub-lab.ts";

describe("a party that takes up what another one left", () => {
  test("listens to the same, gets what waited, and goes on in its groups", () => {
    const { lab, lost, found, other } = labOf(["lost", "found", "other"]);
    lab.subscribe(lost, ["a", "b"]);
    for (const peer of [lost, other]) lab.subscribe(peer, "job", "g");
    lost.writable = false;
    lab.publish("a");
    lab.flush();
    lab.publish("b"); // not even in a buffer yet
    lab.part.takeUp(lost, found);
    lab.flush();
    expect(found.told).toEqual(["a 101", "b 102"]);
    for (let i = 0; i < 4; i++) lab.publish("job");
    lab.publish("a");
    lab.flush();
    expect(topicsTold(found)).toEqual(["a", "b", "job@g", "job@g", "a"]);
    lab.part.forget(lost);
    expect(lab.publish("a")).toBe(1);
    expect(lost.told).toEqual([]);
    expect(lab.unsubscribe(found)).toBe(3);
  });

  test("S3: is told of what the other one lost", () => {
    const { lab, lost, found } = labOf(["lost", "found"], { pubsubBufferMessages: 1 });
    lab.subscribe(lost, "a");
    lost.writable = false;
    for (let i = 0; i < 3; i++) lab.publish("a");
    lab.flush();
    lab.part.takeUp(lost, found);
    lab.flush();
    expect(found.told).toEqual(["gap 2", "a 103"]);
  });

  test("S1: keeps what it listens to itself, and gets what both were given once", () => {
    const { lab, lost, found } = labOf(["lost", "found"]);
    lab.subscribe(lost, ["a", "b", "c.*"]);
    lab.subscribe(lost, "j", "g");
    lab.subscribe(found, ["a", "d"]);
    lost.writable = false;
    found.writable = false;
    lab.publish("b");
    lab.flush();
    for (const topic of ["a", "d", "c.1", "j"]) lab.publish(topic);
    lab.part.takeUp(lost, found);
    lab.drain(found);
    expect(found.told).toEqual(["b 101", "a 102", "d 103", "c.1 104", "j@g 105"]);
    expect(["a", "b", "c.1", "d", "j"].map((topic) => lab.publish(topic))).toEqual([1, 1, 1, 1, 1]);
    expect(lab.unsubscribe(found)).toBe(5);
    expect(lab.part.parts).toBe(0);
  });

  test("gets no more subscriptions than a session may have", () => {
    const { lab, lost, found } = labOf(["lost", "found"], { maxPatternsPerSession: 3 });
    lab.subscribe(lost, ["a", "b", "c"]);
    lab.subscribe(found, ["c", "d"]);
    lab.part.takeUp(lost, found);
    expect(lab.unsubscribe(found)).toBe(3);
    expect(lab.part.parts).toBe(0);
  });

  test("takes nothing from a party that left nothing", () => {
    const { lab, lost, found } = labOf(["lost", "found"]);
    lab.part.takeUp(lost, found);
    expect(lab.part.parts).toBe(0);
  });
});

describe("when nobody listens any more", () => {
  test("S5: nothing is held, whatever waited", () => {
    const { lab, one, two, three } = labOf(["one", "two", "three"]);
    lab.subscribe(one, ["a.b", "a.*", "#.b"]);
    lab.subscribe(two, ["a.b", "#"], "g");
    lab.subscribe(three, "a.b");
    for (const peer of [one, two]) peer.writable = false;
    for (let i = 0; i < 5; i++) lab.publish("a.b");
    lab.flush();
    lab.publish("a.b");
    expect(lab.unsubscribe(one)).toBe(3);
    lab.part.forget(two);
    lab.part.forget(three);
    lab.part.forget(three);
    expect([lab.part.parts, lab.part.bytes(), lab.bindings.counts.size]).toEqual([0, 0, 0]);
    expect(lab.publish("a.b")).toBe(0);
    for (const peer of [one, two]) lab.drain(peer);
    expect([one.told, two.told]).toEqual([[], []]);
    expect(three.told).toHaveLength(5);
  });

  test("L2: what a party ended leaves nothing behind although it listens to something else", () => {
    const { lab, one, two } = labOf(["one", "two"]);
    lab.subscribe(one, "a");
    lab.subscribe(two, "b.*", "g");
    const before = lab.part.parts;
    for (const group of ["g", "h"]) lab.subscribe(one, ["b.*", "#.c"], group);
    lab.subscribe(one, ["b.*", "b.c.*"]);
    expect(lab.publish("b.c")).toBe(3);
    lab.unsubscribe(one, ["b.*", "b.c.*"]);
    lab.unsubscribe(one, ["b.*", "#.c"], "g");
    lab.unsubscribe(one, undefined, "h");
    lab.flush();
    expect(lab.part.parts).toBe(before);
  });

  test("S4: what was not delivered counts as dropped", () => {
    const { lab, one, two } = labOf(["one", "two"], { pubsubBufferMessages: 2 });
    for (const peer of [one, two]) lab.subscribe(peer, "a");
    one.writable = false;
    for (let i = 0; i < 5; i++) lab.publish("a");
    lab.flush();
    lab.publish("a");
    const counts = () => {
      const { published, delivered, dropped } = lab.run("pubsub.stats", {});
      return { published, delivered, dropped };
    };
    expect(counts()).toEqual({ published: 6, delivered: 5, dropped: 3 });
    lab.part.forget(one);
    expect(counts()).toEqual({ published: 6, delivered: 5, dropped: 6 });
    lab.part.forget(two);
    expect(counts()).toEqual({ published: 6, delivered: 5, dropped: 7 });
  });
});

describe("a party with many subscriptions that ends them", () => {
  const many = Array.from({ length: 2_500 }, (_, i) => `t.${i}`);

  /** How many patterns are left after each turn. */
  function sweep(lab: PubsubLab): number[] {
    const left = [lab.bindings.counts.size];
    for (let turn = 0; turn < 10 && left.at(-1) !== 0; turn++) {
      lab.flushOnce();
      left.push(lab.bindings.counts.size);
    }
    return left;
  }

  test("L1: gets nothing from then on, though they are cleared away over several turns", () => {
    const { lab, one, two } = labOf(["one", "two"]);
    lab.subscribe(one, many);
    lab.subscribe(one, many, "g");
    lab.subscribe(two, ["t.0", "t.1"], "g");
    lab.publish("t.2");
    lab.part.forget(one);
    expect(many.map((topic) => lab.publish(topic)).filter((count) => count > 0)).toEqual([1, 1]);
    expect(lab.run("pubsub.stats", {}).subscribers).toBe(1);
    lab.flushOnce();
    expect(one.told).toEqual([]);
    expect(topicsTold(two)).toEqual(["t.0@g", "t.1@g"]);
    lab.part.forget(two);
    lab.flush();
    expect([lab.part.parts, lab.part.bytes()]).toEqual([0, 0]);
  });

  test("a bounded number of them leaves the tables in one turn", () => {
    const { lab, one } = labOf(["one"]);
    lab.subscribe(one, many);
    expect(lab.unsubscribe(one)).toBe(2_500);
    expect(sweep(lab)).toEqual([1_500, 500, 0]);
    expect(lab.part.parts).toBe(0);
  });

  test("L1: may subscribe anew while they are", () => {
    const { lab, one } = labOf(["one"]);
    lab.subscribe(one, many, "g");
    expect(lab.unsubscribe(one, undefined, "g")).toBe(2_500);
    lab.subscribe(one, many.slice(0, 10), "g");
    lab.subscribe(one, "t.3");
    expect([lab.publish("t.3"), lab.publish("t.2400")]).toEqual([2, 0]);
    lab.flush();
    expect(topicsTold(one)).toEqual(["t.3", "t.3@g"]);
    expect(lab.bindings.counts.size).toBe(10);
    expect(lab.unsubscribe(one)).toBe(11);
    expect(lab.part.parts).toBe(0);
  });

  test("L1: of a group, what is left of the session stays", () => {
    const { lab, one, two } = labOf(["one", "two"]);
    lab.subscribe(one, many, "g");
    lab.subscribe(one, "t.*", "h");
    lab.subscribe(two, "t.7", "g");
    lab.unsubscribe(one, undefined, "g");
    for (let i = 0; i < 3; i++) expect(lab.publish("t.7")).toBe(2);
    lab.flush();
    expect(topicsTold(one)).toEqual(["t.7@h", "t.7@h", "t.7@h"]);
    expect(topicsTold(two)).toEqual(["t.7@g", "t.7@g", "t.7@g"]);
  });
});
