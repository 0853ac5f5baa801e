import { isSynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { NOW_MS, PubsubLab, peers, tagged } from "../../test/pubsub-lab.ts";
import type { Limits } from "../index.ts";

function open(limits: Partial<Limits> = {}) {
  const [one, two] = peers("one", "two");
  if (one === undefined || two === undefined) throw new Error("There are two peers.");
  return { lab: new PubsubLab(limits), one, two };
}

function refusalOf(answer: unknown): { code: string; path: unknown } {
  if (!isSynapError(answer)) throw new Error("The command was not refused.");
  return { code: answer.code, path: answer.details.path };
}

describe("pubsub.publish", () => {
  test.each(["message", "payload", "data"] as const)("takes the message as %s", (field) => {
    const { lab, one } = open();
    lab.subscribe(one, "a");
    const request = { topic: "a", [field]: tagged("hi"), metadata: { trace: "7" } };
    expect(lab.run("pubsub.publish", request)).toEqual({
      message_id: "101",
      topic: "a",
      subscribers_matched: 1,
    });
    lab.flush();
    expect(one.pushes[0]?.fields).toEqual({
      topic: "a",
      message: tagged("hi"),
      message_id: "101",
      timestamp: NOW_MS,
      metadata: { trace: "7" },
      group: undefined,
    });
  });

  test("needs exactly one message", () => {
    const { lab } = open();
    const wrong = { code: "INVALID_REQUEST", path: "message" };
    const [value, other] = [tagged(1), tagged(2)];
    expect(refusalOf(lab.try("pubsub.publish", { topic: "a" }))).toEqual(wrong);
    const both = { topic: "a", payload: value, data: other };
    expect(refusalOf(lab.try("pubsub.publish", both))).toEqual(wrong);
    expect(lab.seq).toBe(100);
  });

  test("refuses a message over the limit, under the name that it was given", () => {
    const { lab } = open({ maxValueBytes: 10 });
    const large = tagged("x".repeat(11));
    const refused = (path: string) => ({ code: "PAYLOAD_TOO_LARGE", path });
    const publish = (field: string, value: Uint8Array) =>
      lab.try("pubsub.publish", { topic: "a", [field]: value });
    for (const field of ["message", "payload", "data"]) {
      expect(refusalOf(publish(field, large))).toEqual(refused(field));
    }
    expect(publish("data", tagged("x".repeat(10)))).toMatchObject({ topic: "a" });
  });

  test("has an id of its own although nobody listens", () => {
    const { lab } = open();
    const publish = () => lab.run("pubsub.publish", { topic: "a", message: tagged(1) });
    const none = { topic: "a", subscribers_matched: 0 };
    expect(publish()).toEqual({ message_id: "101", ...none });
    expect(publish()).toEqual({ message_id: "102", ...none });
    expect(lab.run("pubsub.stats", {}).published).toBe(2);
  });

  test("enters each bound queue once, in the record of the message", () => {
    const { lab, one } = open();
    lab.subscribe(one, "jobs.*");
    lab.subscribe(one, "jobs.#", "g");
    for (const pattern of ["jobs.*", "#"]) lab.bindings.bind("mail", pattern);
    lab.bindings.bind("log", "jobs.x");
    lab.bindings.bind("other", "other");
    expect(lab.publish("jobs.x", "go")).toBe(4);
    expect(lab.queued.map((effect) => effect.queue).sort()).toEqual(["log", "mail"]);
    expect(lab.publish("jobs.y")).toBe(3);
    lab.flush();
    expect(one.told).toEqual(["jobs.x 101", "jobs.x@g 101", "jobs.y 104", "jobs.y@g 104"]);
  });

  test("goes to nobody if a bound queue refuses it", () => {
    const { lab, one } = open();
    lab.subscribe(one, "a");
    lab.bindings.bind("jobs", "a");
    lab.bindings.full.add("jobs");
    const answer = lab.try("pubsub.publish", { topic: "a", message: tagged(1) });
    expect(refusalOf(answer).code).toBe("QUEUE_FULL");
    lab.flush();
    expect(one.told).toEqual([]);
    expect(lab.run("pubsub.stats", {})).toMatchObject({ published: 0, bindings: 1 });
  });

  test("is refused above the second mark of the memory limit", () => {
    const { lab } = open({ maxMemoryBytes: 10_000 });
    const publish = () => lab.try("pubsub.publish", { topic: "a", message: tagged(1) });
    lab.otherBytes = 10_500;
    expect(publish()).toMatchObject({ topic: "a" });
    lab.otherBytes = 11_001;
    expect(refusalOf(publish()).code).toBe("OUT_OF_MEMORY");
  });
});

describe("pubsub.subscribe", () => {
  test("answers what it listens to now, each once; to repeat it changes nothing", () => {
    const { lab, one } = open();
    const request = { topics: ["a", "b.*", "a"] };
    expect(lab.run("pubsub.subscribe", request, one)).toEqual({ topics: ["a", "b.*"] });
    expect(lab.run("pubsub.subscribe", request, one)).toEqual({ topics: ["a", "b.*"] });
    lab.publish("a");
    lab.flush();
    expect(one.told).toEqual(["a 101"]);
    expect(lab.unsubscribe(one)).toBe(2);
  });

  test("more than a session may have is SUBSCRIBER_LIMIT, and nothing of it is done", () => {
    const { lab, one, two } = open({ maxPatternsPerSession: 3 });
    lab.subscribe(one, ["a", "b"]);
    const more = (topics: string[], group?: string) =>
      lab.try("pubsub.subscribe", { topics, group }, one);
    expect(refusalOf(more(["c", "d"])).code).toBe("SUBSCRIBER_LIMIT");
    expect(refusalOf(more(["a", "b"], "g")).code).toBe("SUBSCRIBER_LIMIT");
    expect(lab.publish("c")).toBe(0);
    expect(more(["a", "b", "c", "c"])).toEqual({ topics: ["a", "b", "c"] });
    expect(refusalOf(more(["d"])).code).toBe("SUBSCRIBER_LIMIT");
    lab.subscribe(two, "d");
    lab.unsubscribe(one, "a");
    expect(more(["d"])).toEqual({ topics: ["d"] });
  });

  test("is refused above the second mark of the memory limit, but not what is there already", () => {
    const { lab, one } = open({ maxMemoryBytes: 100_000 });
    lab.subscribe(one, "a");
    lab.otherBytes = 109_000;
    const more = (...topics: string[]) => lab.try("pubsub.subscribe", { topics }, one);
    expect(refusalOf(more("a", "b")).code).toBe("OUT_OF_MEMORY");
    expect(more("a")).toEqual({ topics: ["a"] });
    expect(lab.unsubscribe(one)).toBe(1);
  });

  test.each(["pubsub.subscribe", "pubsub.unsubscribe"] as const)(
    "without a session that lasts %s is refused with the reason",
    (name) => {
      const { lab } = open();
      const answer = lab.try(name, { topics: ["a"] });
      expect(refusalOf(answer)).toEqual({ code: "INVALID_REQUEST", path: "command" });
      expect(String(answer)).toContain("WebSocket");
    },
  );
});

describe("pubsub.unsubscribe", () => {
  test("ends what it names, as it was subscribed, and counts it", () => {
    const { lab, one, two } = open();
    lab.subscribe(one, ["a", "b", "c"]);
    lab.subscribe(one, ["a", "b", "c"], "g");
    lab.subscribe(one, "a", "h");
    lab.subscribe(two, "a");
    expect(lab.unsubscribe(one, ["a", "a", "x"])).toBe(1);
    expect(lab.unsubscribe(one, ["a"])).toBe(0);
    expect(lab.unsubscribe(one, ["a", "b"], "g")).toBe(2);
    expect(lab.unsubscribe(one, ["a"], "x")).toBe(0);
    expect(["a", "b", "c"].map((topic) => lab.publish(topic))).toEqual([2, 1, 2]);
    expect(lab.unsubscribe(one, undefined, "g")).toBe(1);
    expect(lab.unsubscribe(one)).toBe(3);
    expect(lab.unsubscribe(one)).toBe(0);
    expect(lab.publish("a")).toBe(1);
  });
});

describe("pubsub.topics", () => {
  const page = (lab: PubsubLab, request = {}) => lab.run("pubsub.topics", request);

  test("lists what is listened to in the order of UTF-8, with sessions and bound queues", () => {
    const { lab, one, two } = open();
    lab.subscribe(one, ["b.*", "\u{ffff}", "😀", "a"]);
    lab.subscribe(two, "a");
    lab.subscribe(two, "a", "g");
    lab.bindings.bind("jobs", "a");
    lab.bindings.bind("jobs", "#");
    expect(page(lab)).toEqual({
      items: [
        { topic: "#", subscribers: 1 },
        { topic: "a", subscribers: 4 },
        { topic: "b.*", subscribers: 1 },
        { topic: "\u{ffff}", subscribers: 1 },
        { topic: "😀", subscribers: 1 },
      ],
      cursor: null,
      has_more: false,
    });
    lab.part.forget(two);
    lab.bindings.unbind("jobs", "#");
    expect(page(lab, { limit: 1 }).items).toEqual([{ topic: "a", subscribers: 2 }]);
  });

  test("comes in pages, under a prefix, with a cursor that outlives its topic", () => {
    const { lab, one } = open();
    const names = Array.from({ length: 250 }, (_, i) => `t.${1_000 + i}`);
    lab.subscribe(one, [...names, "s.1", "u.1"]);
    expect(page(lab).items).toHaveLength(100);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const next = page(lab, { prefix: "t.", limit: 60, cursor });
      seen.push(...next.items.map(({ topic }) => topic));
      cursor = next.cursor ?? undefined;
      expect(next.has_more).toBe(cursor !== undefined);
      lab.unsubscribe(one, seen.at(-1) as string);
    } while (cursor !== undefined);
    expect(seen).toEqual(names);
    const all = page(lab, { prefix: "t.1249", limit: 1 });
    expect(all).toEqual({ items: [], cursor: null, has_more: false });
  });

  test("a cursor from before the prefix begins with the prefix", () => {
    const { lab, one } = open();
    lab.subscribe(one, ["a", "b", "t.1", "t.2"]);
    const cursor = page(lab, { limit: 1 }).cursor ?? "";
    expect(page(lab, { cursor, prefix: "t." }).items.map(({ topic }) => topic)).toEqual([
      "t.1",
      "t.2",
    ]);
  });

  test("a page ends behind what passes its bytes", () => {
    const { lab, one } = open({ maxPageBytes: 300 });
    lab.subscribe(
      one,
      ["a", "b", "c"].map((letter) => letter.repeat(10)),
    );
    expect(page(lab)).toMatchObject({ items: { length: 2 }, has_more: true });
  });

  test("refuses a cursor that is none", () => {
    const { lab } = open();
    const answer = lab.try("pubsub.topics", { cursor: "nonsense" });
    expect(refusalOf(answer)).toEqual({ code: "INVALID_REQUEST", path: "cursor" });
  });
});

describe("pubsub.stats", () => {
  test("counts", () => {
    const { lab, one, two } = open();
    lab.subscribe(one, ["a", "b"]);
    lab.subscribe(two, ["a", "c"], "g");
    lab.bindings.bind("jobs", "a");
    lab.bindings.bind("jobs", "d");
    lab.publish("a");
    lab.publish("x");
    lab.flush();
    expect(lab.run("pubsub.stats", {})).toEqual({
      topics: 4,
      subscribers: 2,
      bindings: 2,
      published: 2,
      delivered: 2,
      dropped: 0,
    });
    lab.part.forget(one);
    lab.unsubscribe(two);
    expect(lab.run("pubsub.stats", {})).toMatchObject({ topics: 2, subscribers: 0, bindings: 2 });
  });
});
