import { decodeValue, packMsgpack, unpackMsgpack } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { post, serverForTest, sharedServer } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";
import { waitFor } from "./support/wait-for.ts";

const server = sharedServer();
const request = (id: number, command: string, payload: object) => ({
  request_id: id,
  command,
  payload,
});

describe("the pushes of queues, rooms and pub/sub on /api/v1/ws", () => {
  it("are objects with a type in JSON", async () => {
    const { url } = server();
    const socket = await TestSocket.open(url);
    socket.send([
      request(1, "stream.subscribe", { room: "json", from_offset: 0 }),
      request(2, "pubsub.subscribe", { topics: ["json.#"] }),
      request(3, "queue.subscribe", { queue: "json" }),
    ]);
    await waitFor(() => messagesOf(socket).length === 3, "the answers");
    await post(`${url}/stream/json/publish`, { event: "e", data: { a: 1 } });
    await post(`${url}/pubsub/json.x/publish`, { message: "m" });
    await post(`${url}/queue/json/publish`, { message: [1] });
    await waitFor(() => messagesOf(socket).length === 6, "the pushes");
    expect(messagesOf(socket).slice(3)).toMatchObject([
      { type: "event", room: "json", offset: 1, event_type: "e", data: { a: 1 } },
      { type: "message", topic: "json.x", message: "m" },
      { type: "delivery", queue: "json", message: [1], retry_count: 0 },
    ]);
  });

  it("are arrays that begin with a kind in MessagePack", async () => {
    const { url } = server();
    const [EVENT, MESSAGE, DELIVERY] = [-7, -8, -9];
    const [SUBSCRIBE_ROOM, SUBSCRIBE_TOPICS, SUBSCRIBE_QUEUE] = [56, 61, 33];
    const socket = await TestSocket.open(url, "synap.v1.msgpack");
    socket.send(packMsgpack([1, SUBSCRIBE_ROOM, "mp"]));
    socket.send(packMsgpack([2, SUBSCRIBE_TOPICS, ["mp"]]));
    socket.send(packMsgpack([3, SUBSCRIBE_QUEUE, "mp"]));
    const answers = () => arraysOf(socket);
    await waitFor(() => answers().length === 3, "the answers");
    await post(`${url}/stream/mp/publish`, { event: "e", data: { a: 1 } });
    await post(`${url}/pubsub/mp/publish`, { message: "m" });
    await post(`${url}/queue/mp/publish`, { message: [1] });
    await waitFor(() => answers().length === 6, "the pushes");
    const [event, message, delivery] = answers().slice(3);
    expect(event?.slice(0, 4)).toEqual([EVENT, "mp", 1, "e"]);
    expect(decodeValue(event?.[4] as Uint8Array)).toEqual({ a: 1 });
    expect(message?.slice(0, 2)).toEqual([MESSAGE, "mp"]);
    expect(decodeValue(message?.[2] as Uint8Array)).toBe("m");
    expect(delivery?.slice(0, 2)).toEqual([DELIVERY, "mp"]);
  });

  it.each([
    ["synap.v1.json", messagesOf],
    ["synap.v1.msgpack", arraysOf],
  ])("come in frames that keep the limit: %s", async (protocol, read) => {
    const maxFrameBytes = 16 * 1024;
    const { url } = await serverForTest({ limits: { maxFrameBytes } });
    const publish = request(1, "stream.publish", {
      room: "r",
      event: "e",
      data: "x".repeat(1_000),
    });
    const { request_id: _, ...command } = publish;
    for (let i = 0; i < 10; i++) {
      await post(`${url}/api/v1/batch`, { commands: Array.from({ length: 10 }, () => command) });
    }
    const socket = await TestSocket.open(url, protocol);
    const SUBSCRIBE_ROOM = 56;
    socket.send(
      protocol === "synap.v1.json"
        ? request(1, "stream.subscribe", { room: "r", from_offset: 0 })
        : packMsgpack([1, SUBSCRIBE_ROOM, "r", 0]),
    );
    await waitFor(() => read(socket).length === 101, "all events");
    expect(Math.max(...socket.frames.map((frame) => frame.length))).toBeLessThanOrEqual(
      maxFrameBytes,
    );
    expect(socket.frames.length).toBeLessThan(30);
  });
});

function messagesOf({ frames }: TestSocket): Record<string, unknown>[] {
  return frames.flatMap((frame) => JSON.parse(String(frame)));
}

function arraysOf({ frames }: TestSocket): unknown[][] {
  return frames.flatMap((frame) => {
    const data = unpackMsgpack(frame as Buffer) as unknown[];
    return (Array.isArray(data[0]) ? data : [data]) as unknown[][];
  });
}
