import {
  type CommandCall,
  invalidRequest,
  isName,
  MAX_NAME_BYTES,
  refuseUnknownFields,
  wireCommand,
} from "@hivellm/synap-protocol";
import { findCommand, payloadValidators } from "@hivellm/synap-protocol/schema";
import { fieldsOfQuery } from "../http/query.ts";
import { decodeName } from "../http/target.ts";
import { readTopics } from "./topics-query.ts";

/** What a listener without a library wants to hear. */
export interface FeedRequest {
  /** The subscription that stands behind it. */
  readonly call: CommandCall;
  /** Which pushes it is sent; gaps are for the transport to tell or not. */
  readonly pushes: "event" | "message" | "delivery";
  /** What the log says of it. */
  readonly about: string;
  /** The queue whose deliveries it may acknowledge. */
  readonly queue?: string;
}

type Parameters = readonly (readonly [name: string, value: string])[];
type Fields = Readonly<Record<string, unknown>>;

/** Where a reader of a room that comes back goes on. */
export interface ResumePosition {
  readonly from_offset: number;
  readonly incarnation?: number;
}

/** Follows a room: `?from_offset=`, and from where a lost reader goes on, which wins. */
export function roomFeed(
  rawRoom: string,
  parameters: Parameters,
  resume: ResumePosition | null,
): FeedRequest {
  const room = decodeName(rawRoom, "room");
  const asked = readParameters(parameters, "stream.subscribe", ["from_offset"]);
  const call = subscription("stream.subscribe", { room, ...asked, ...resume });
  return { call, pushes: "event", about: `room ${room}` };
}

/** Listens to topics: `?topics=`. */
export function topicsFeed(parameters: Parameters): FeedRequest {
  const others = parameters.filter(([name]) => name !== "topics");
  readParameters(others, "pubsub.subscribe", ["topics"]);
  const topics = readTopics(parameters);
  const call = subscription("pubsub.subscribe", { topics });
  return { call, pushes: "message", about: `topics ${topics.slice(0, 3).join(", ")}` };
}

/** Consumes a queue: `?prefetch=&ack_deadline=`. */
export function queueFeed(
  rawQueue: string,
  rawConsumer: string,
  parameters: Parameters,
): FeedRequest {
  const queue = decodeName(rawQueue, "queue");
  const consumer_id = readParty(rawConsumer, "consumer");
  const asked = readParameters(parameters, "queue.subscribe", ["prefetch", "ack_deadline"]);
  const call = subscription("queue.subscribe", { queue, consumer_id, ...asked });
  return { call, pushes: "delivery", about: `queue ${queue}`, queue };
}

/** The name of who listens; the server keeps nothing under it. */
export function readParty(raw: string, field: string): string {
  const name = decodeName(raw, field);
  if (isName(name)) return name;
  throw invalidRequest(`${field} is no name.`, {
    path: field,
    expected: `a name of 1 to ${MAX_NAME_BYTES} bytes of UTF-8 without control characters`,
  });
}

const EVENT_ID = /^(?:(\d{1,16})-)?(\d{1,16})$/;

/**
 * Reads `Last-Event-ID`: an event's id, by which a room that was created anew is noticed, or a bare
 * offset. Null if there is none.
 */
export function readLastEventId(header: string | string[] | undefined): ResumePosition | null {
  if (header === undefined || header === "") return null;
  const [, incarnation, offset] = EVENT_ID.exec(String(header)) ?? [];
  const from_offset = Number(offset) + 1;
  if (!Number.isSafeInteger(from_offset) || !Number.isSafeInteger(Number(incarnation ?? 0))) {
    throw invalidRequest("Last-Event-ID is no id of an event.", {
      path: "Last-Event-ID",
      expected: "the id of the last event that arrived, as it came, or its offset",
    });
  }
  return {
    from_offset,
    ...(incarnation === undefined ? {} : { incarnation: Number(incarnation) }),
  };
}

/** The parameters of a query as fields; only those named may be there. */
function readParameters(parameters: Parameters, name: string, known: readonly string[]): Fields {
  const properties = findCommand(name)?.request.properties ?? {};
  const schemas = Object.fromEntries(
    known.flatMap((field) => {
      const schema = properties[field];
      return schema === undefined ? [] : [[field, schema]];
    }),
  );
  const fields = fieldsOfQuery(parameters, schemas);
  refuseUnknownFields(fields, known, "the query");
  return fields;
}

/** A call that its validator lets pass: what cannot work is refused before anything is opened. */
function subscription(name: string, payload: Record<string, unknown>): CommandCall {
  const fault = payloadValidators.get(name)?.(payload) ?? null;
  if (fault !== null) throw fault;
  return { command: wireCommand(name), payload };
}
