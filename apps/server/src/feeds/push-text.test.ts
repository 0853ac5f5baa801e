import { encodeValue, type ServerPush, TAG_JSON, utf8Encode } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { blockOfPush, frameOfPush } from "./push-text.ts";

function event(more: Record<string, unknown> = {}): ServerPush {
  const data = encodeValue({ a: 1 }, "msgpack");
  const fields = { room: "r", offset: 7, event_type: 'a"b', data, timestamp: 5, event_id: "3-7" };
  return { kind: "push", type: "event", fields: { ...fields, ...more } };
}

describe("a push as a frame", () => {
  it("is the bare event, whatever format its data came in", () => {
    expect(JSON.parse(frameOfPush(event()).toString())).toEqual({
      event_id: "3-7",
      offset: 7,
      event: 'a"b',
      event_type: 'a"b',
      data: { a: 1 },
      timestamp: 5,
    });
  });

  it("is encoded once for all that get it", () => {
    let reads = 0;
    const push = event();
    const counting = new Proxy(push.fields, {
      get(fields, name) {
        if (name === "data") reads++;
        return Reflect.get(fields, name);
      },
    });
    const shared: ServerPush = { ...push, fields: counting };
    const frames = Array.from({ length: 100 }, () => frameOfPush(shared));
    expect(frames.every((frame) => frame === frames[0])).toBe(true);
    expect(reads).toBe(1);
  });
});

describe("a push as a server-sent event", () => {
  const linesOf = (push: ServerPush) => blockOfPush(push).toString().split("\n");

  it("has the id by which it is resumed", () => {
    const [id, data, ...end] = linesOf(event());
    expect([id, end]).toEqual(["id: 3-7", ["", ""]]);
    expect(JSON.parse(String(data).replace(/^data: /, ""))).toMatchObject({ data: { a: 1 } });
  });

  it("is one line of data, however its JSON was written", () => {
    const text = '{\r\n "a" :\n [1,\r2, "x\\ny"]}';
    const data = new Uint8Array([TAG_JSON, ...utf8Encode(text)]);
    const lines = linesOf(event({ data }));
    expect(lines.length).toBe(4);
    const sent = JSON.parse(String(lines[1]).replace(/^data: /, ""));
    expect(sent.data).toEqual({ a: [1, 2, "x\ny"] });
  });

  it.each([
    [{ kind: "stream", room: "r", reason: "retention", from: 2, to: 9, incarnation: 3 }, "3-9"],
    [{ kind: "stream", room: "r", reason: "recreated", from: 2, to: 9, incarnation: 4 }, "4-0"],
    [{ kind: "stream", room: "r", reason: "deleted" }, null],
    [{ kind: "pubsub", reason: "slow", lost: 5 }, null],
  ])("is named gap if it is one: %j", (fields, id) => {
    const lines = linesOf({ kind: "push", type: "gap", fields });
    expect(lines).toEqual([
      "event: gap",
      ...(id === null ? [] : [`id: ${id}`]),
      `data: ${JSON.stringify(fields)}`,
      "",
      "",
    ]);
  });
});
