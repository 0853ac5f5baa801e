import type { SynapError } from "@hivellm/synap-protocol";
import type { ClientConfig } from "../src/options.ts";
import { fakeCore } from "./fake-platform.ts";
import { FakeServer, type SeenRequest } from "./fake-server.ts";

type Fields = Record<string, unknown>;

/** What a fake server answers, by the command's name; null is nothing for now. */
export type Answers = Record<string, (request: SeenRequest) => Fields | SynapError | null>;

const ROOM = { room: "r", next_offset: 1, oldest_offset: 1, newest_offset: 0, incarnation: 7 };

/** A client whose server grants every subscription, and pushes what a test wants it to. */
export function fakeAnswers(config: ClientConfig = {}) {
  const server = new FakeServer();
  const done = () => ({ success: true });
  const answers: Answers = {
    "queue.subscribe": ({ payload }) => ({ queue: payload.queue }),
    "queue.unsubscribe": done,
    "queue.ack": done,
    "queue.nack": () => ({ success: true, action: "requeued" }),
    "queue.release": done,
    "queue.extend": () => ({ success: true, deadline: 0 }),
    "stream.subscribe": () => ROOM,
    "stream.unsubscribe": done,
    "pubsub.subscribe": ({ payload }) => ({ topics: payload.topics }),
    "pubsub.unsubscribe": () => ({ removed: 1 }),
    "kv.exists": () => ({ count: 0 }),
  };
  server.answer = (request) => answers[request.name]?.(request) ?? null;
  const { core, clock } = fakeCore({
    transport: "websocket",
    WebSocket: server.WebSocket,
    ...config,
  });
  const named = (name: string) => server.requests.filter((request) => request.name === name);
  /** The payloads of all requests of a command, as they came. */
  const asked = (name: string) => named(name).map(({ payload }) => payload);
  return { server, core, clock, answers, named, asked };
}

/** Fields of a delivery as the server pushes it. */
export function delivery(id: string, fields: Fields = {}): Fields {
  return {
    queue: "q",
    id,
    message_id: id,
    message: `message ${id}`,
    priority: 5,
    retry_count: 0,
    max_retries: 3,
    headers: {},
    timestamp: 0,
    deadline: 0,
    ...fields,
  };
}

/** Fields of an event as the server pushes it. */
export function event(offset: number, fields: Fields = {}): Fields {
  const event_id = `7-${offset}`;
  return { room: "r", offset, event_type: "e", data: offset, timestamp: 0, event_id, ...fields };
}

/** Fields of a message of pub/sub as the server pushes it. */
export function message(topic: string, fields: Fields = {}): Fields {
  return { topic, message: topic, message_id: "1", timestamp: 0, ...fields };
}
