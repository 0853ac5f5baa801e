import { messageFields } from "./commands/pubsub.ts";
import { deliveryFields, QueueName } from "./commands/queue-parts.ts";
import { eventFields } from "./commands/stream.ts";
import { defineMessage } from "./define.ts";
import {
  Count,
  Key,
  Members,
  Name,
  Nullable,
  Optional,
  Prefix,
  Type,
  Value,
  Version,
} from "./types.ts";

const RequestId = Type.Union(
  [
    Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    Type.String({ minLength: 1, maxLength: 128 }),
  ],
  { expected: "a positive integer, or a string of 1 to 128 characters" },
);

const ClientId = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,64}$",
  description: "A random 128-bit id that the client keeps, as hex or base64url.",
  expected: "1 to 64 of A-Z a-z 0-9 _ -",
});

/** The messages of the socket beside requests and answers. Kinds are numbered as `wire.md` lists them. */
export const messageDefinitions = [
  defineMessage({
    type: "hello",
    kind: -1,
    from: "client",
    summary: "The first message of a MessagePack socket; optional on a JSON one.",
    fields: Members({
      client_id: Optional(ClientId),
      resume: Optional(
        Type.String({ maxLength: 128, description: "The token of a lost session." }),
      ),
      done: Optional(Count("The highest request id below which all answers have arrived.")),
      features: Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 })),
    }),
  }),
  defineMessage({
    type: "hello",
    kind: -1,
    from: "server",
    summary: "The answer to hello.",
    fields: Members({
      session: Type.String({ description: "The session's id, for logs." }),
      resume: Type.String({ description: "The token that takes this session up again." }),
      resumed: Type.Boolean({ description: "Whether a lost session was taken up." }),
      boot_id: Type.String({ description: "Changes whenever the server starts." }),
      version: Type.String({ description: "The server's version." }),
      protocol: Type.Integer({ description: "The version of this protocol." }),
      features: Type.Array(Type.String(), { description: "What this server can do." }),
      limits: Type.Record(Type.String(), Type.Number()),
      durability: Type.String({ description: "What an answer means: memory, written or synced." }),
    }),
  }),
  defineMessage({
    type: "cancel",
    kind: -2,
    from: "client",
    summary: "The caller no longer waits for an answer.",
    fields: Members({ request_id: RequestId }),
  }),
  defineMessage({
    type: "done",
    kind: -3,
    from: "client",
    summary: "The answers of all request ids up to this one have arrived.",
    fields: Members({ request_id: Count("The highest such id.") }),
  }),
  defineMessage({
    type: "ping",
    kind: -5,
    from: "client",
    summary: "Asks for a sign of life.",
    fields: Members({ nonce: Optional(Count("Comes back in the answer.")) }),
  }),
  defineMessage({
    type: "ping",
    kind: -5,
    from: "server",
    summary: "The sign of life.",
    fields: Members({ nonce: Optional(Count("As it was sent.")) }),
  }),
  defineMessage({
    type: "gap",
    kind: -6,
    from: "server",
    summary:
      "Something was missed. Of a watch: what it knew must be forgotten, the values follow anew. Of a room: events that are no longer kept, or a new incarnation. Of pub/sub: messages that came faster than they were read.",
    fields: Members({
      prefix: Optional(Prefix),
      reason: Type.String({
        description:
          "`slow`: the socket did not keep up; `retention`: what was asked for is no longer kept; `recreated` or `deleted`: the room is not the one it was.",
      }),
      from: Optional(
        Version("Of a watch the last version before the gap; of a room the first offset missed."),
      ),
      to: Optional(
        Version("Of a watch the first version after it; of a room the last offset missed."),
      ),
      lost: Optional(Count("How many messages were lost, where that is known.")),
      kind: Optional(Type.String({ description: "What it is about: watch, stream or pubsub." })),
      room: Optional(Name("The room, if it is about one.")),
      incarnation: Optional(Version("The room's incarnation after the gap.")),
    }),
  }),
  defineMessage({
    type: "event",
    kind: -7,
    from: "server",
    summary: "An event of a room that is followed.",
    fields: Members({ room: Name("The room."), ...eventFields }),
  }),
  defineMessage({
    type: "message",
    kind: -8,
    from: "server",
    summary: "A message of pub/sub.",
    fields: Members(messageFields),
  }),
  defineMessage({
    type: "delivery",
    kind: -9,
    from: "server",
    summary: "A message of a queue that is subscribed.",
    fields: Members({ queue: QueueName(), ...deliveryFields }),
  }),
  defineMessage({
    type: "watch",
    kind: -11,
    from: "server",
    summary: "A key under a watched prefix: its value at the start, later each change.",
    fields: Members({
      prefix: Prefix,
      op: Type.Union([Type.Literal("put"), Type.Literal("delete"), Type.Literal("expire")]),
      key: Key(),
      value: Optional(Value("The new value, for put.")),
      version: Version("The seq of the change."),
      ttl: Optional(Nullable(Count("Seconds."), "For put: time to live in whole seconds.")),
    }),
  }),
  defineMessage({
    type: "synced",
    kind: -12,
    from: "server",
    summary: "The current values have all been sent; from here on come changes.",
    fields: Members({ prefix: Prefix, version: Version("Everything up to here has been sent.") }),
  }),
] as const;
