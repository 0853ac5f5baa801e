import { manualClock } from "@hivellm/synap-core";
import { describe, expect, it } from "vitest";
import { TestEventSource } from "./support/event-source.ts";
import { eventually } from "./support/eventually.ts";
import { json, post, serverForTest } from "./support/test-server.ts";
import { TestSocket } from "./support/test-socket.ts";
import { waitFor } from "./support/wait-for.ts";

/*
 * Peers that stop reading. A socket that held more than MAX_UNSENT_BYTES would be cut: that it is not
 * shows that the server never held more for it, although far more was sent than kernels buffer.
 */

const EVENTS = 20_000;
const PER_BATCH = 1_000;
const KILOBYTE = "x".repeat(1_024);
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

const options = {
  roomMaxEvents: 100_000,
  transportLimits: { maxSocketBufferBytes: MAX_UNSENT_BYTES },
};

async function publishAll(url: string, command: string, about: object): Promise<void> {
  for (let from = 0; from < EVENTS; from += PER_BATCH) {
    const commands = Array.from({ length: PER_BATCH }, (_, i) => ({
      command,
      payload: { ...about, ...bodyOf(command, { n: from + i + 1, text: KILOBYTE }) },
    }));
    expect((await post(`${url}/api/v1/batch`, { commands })).status).toBe(200);
  }
}

function bodyOf(command: string, data: object): object {
  return command === "stream.publish" ? { event: "e", data } : { message: data };
}

const all = Array.from({ length: EVENTS }, (_, i) => i + 1);
const offsetsOf = ({ frames }: TestSocket) => frames.map((text) => JSON.parse(String(text)).offset);

describe("a frozen peer", () => {
  it(
    "of a room costs no memory, delays nobody, and gets every event when it wakes",
    async () => {
      const { url } = await serverForTest(options);
      const open = () => TestSocket.openAt(`${url}/stream/r/ws/u?from_offset=0`);
      const frozen = await open();
      frozen.socket.pause();
      const stream = await TestEventSource.open(`${url}/stream/r/events?from_offset=0`);
      stream.response.pause();
      const others = await Promise.all([open(), open(), open()]);
      await publishAll(url, "stream.publish", { room: "r" });
      for (const other of others) {
        await waitFor(() => other.frames.length === EVENTS, "all events", TIMEOUT_MS);
        expect(offsetsOf(other)).toEqual(all);
      }
      expect(frozen.frames.length).toBe(0);
      frozen.socket.resume();
      stream.response.resume();
      await waitFor(() => frozen.frames.length >= EVENTS, "all events", TIMEOUT_MS);
      await waitFor(() => stream.events.length >= EVENTS, "all events", TIMEOUT_MS);
      expect(offsetsOf(frozen)).toEqual(all);
      expect(stream.events.map(({ data }) => data.offset)).toEqual(all);
    },
    TIMEOUT_MS,
  );

  it(
    "of pub/sub loses the oldest messages, and an event stream is told how many",
    async () => {
      const { url } = await serverForTest(options);
      const frozen = await TestSocket.openAt(`${url}/pubsub/ws?topics=a`);
      frozen.socket.pause();
      const stream = await TestEventSource.open(`${url}/pubsub/events?topics=a`);
      stream.response.pause();
      const other = await TestSocket.openAt(`${url}/pubsub/ws?topics=a`);
      await publishAll(url, "pubsub.publish", { topic: "a" });
      await waitFor(() => other.frames.length === EVENTS, "all messages", TIMEOUT_MS);
      frozen.socket.resume();
      stream.response.resume();
      const isLast = (data: unknown) =>
        (data as { message?: { n?: number } }).message?.n === EVENTS;
      const lastFrame = () => isLast(JSON.parse(String(frozen.frames.at(-1) ?? "{}")));
      await waitFor(lastFrame, "the last message", TIMEOUT_MS);
      await waitFor(() => isLast(stream.events.at(-1)?.data), "the last message", TIMEOUT_MS);
      expect(frozen.frames.length).toBeLessThan(EVENTS);
      expect(frozen.frames.every((text) => JSON.parse(String(text)).topic === "a")).toBe(true);
      const gaps = stream.events.filter(({ event }) => event === "gap");
      expect(gaps).toMatchObject([{ data: { kind: "pubsub", reason: "slow" } }]);
      expect(stream.events.length - 1 + Number(gaps[0]?.data.lost)).toBe(EVENTS);
    },
    TIMEOUT_MS,
  );

  it(
    "that takes nothing between two pings is given up",
    async () => {
      const clock = manualClock();
      const { url } = await serverForTest({ ...options, clock });
      const subscribers = async () =>
        (await json<{ subscribers: number }>(await fetch(`${url}/stream/r/stats`))).subscribers;
      const frozen = await TestSocket.openAt(`${url}/stream/r/ws/u`);
      frozen.socket.pause();
      const stream = await TestEventSource.open(`${url}/stream/r/events`);
      stream.response.pause();
      expect(await subscribers()).toBe(2);
      await publishAll(url, "stream.publish", { room: "r" });
      await clock.advance(30_000);
      expect(await subscribers()).toBe(2);
      await clock.advance(30_000);
      expect(await eventually(subscribers, (count) => count === 0)).toBe(0);
    },
    TIMEOUT_MS,
  );
});
