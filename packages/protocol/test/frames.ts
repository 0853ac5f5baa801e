import type { ClientMessage, ReceivedMessage, ServerMessage } from "../src/index.ts";
import {
  type CallOptions,
  type ClientNoticeType,
  decodeJsonFrame,
  decodeJsonReplies,
  decodeMsgpackFrame,
  decodeValue,
  encodeJsonFrame,
  encodeJsonNotice,
  encodeJsonRequest,
  encodeMsgpackFrame,
  encodeValue,
  joinJsonFrame,
  MsgpackFrameWriter,
  type PendingCommand,
  type RequestId,
  readMsgpackFrame,
  type TaggedValue,
  type WireField,
  wireCommand,
} from "../src/index.ts";
import type { Plain } from "./payloads.ts";

/** What a client sends: a request, or one of the other messages. */
export type Sent =
  | {
      readonly id: number;
      readonly command: string;
      readonly payload: Plain;
      readonly options?: CallOptions;
    }
  | { readonly notice: ClientNoticeType; readonly fields: Plain };

type Pending = (id: RequestId) => PendingCommand | undefined;

/** Both formats of the socket, each as client → server and server → client. */
export const formats = {
  json: {
    toServer(messages: readonly Sent[]): ClientMessage[] {
      const parts = messages.map((message) =>
        "notice" in message
          ? encodeJsonNotice(message.notice, message.fields)
          : encodeJsonRequest(
              message.id,
              wireCommand(message.command),
              message.payload,
              message.options,
            ),
      );
      return decodeJsonFrame(joinJsonFrame(parts));
    },
    toClient(messages: readonly ServerMessage[], pending: Pending): ReceivedMessage[] {
      return decodeJsonReplies(encodeJsonFrame(messages), pending);
    },
  },
  msgpack: {
    toServer(messages: readonly Sent[]): ClientMessage[] {
      const writer = new MsgpackFrameWriter();
      for (const message of messages) {
        if ("notice" in message) writer.notice(message.notice, message.fields);
        else {
          const { id, command, payload, options } = message;
          writer.request(id, wireCommand(command), payload, options);
        }
      }
      return decodeMsgpackFrame(writer.take());
    },
    toClient(messages: readonly ServerMessage[], pending: Pending): ReceivedMessage[] {
      return readAll(encodeMsgpackFrame(messages), pending);
    },
  },
} as const;

/** The messages of a MessagePack frame, in the form in which a JSON frame gives them. */
export function readAll(frame: Uint8Array, pending: Pending): ReceivedMessage[] {
  const received: ReceivedMessage[] = [];
  readMsgpackFrame(frame, {
    pending,
    reply: (_, id, payload, durability) =>
      received.push({ kind: "reply", id, payload, durability }),
    failure: (id, error) => received.push({ kind: "failure", id, error }),
    push: (type, fields) => received.push({ kind: "push", type, fields }),
  });
  return received;
}

/** A payload that the server has read, with its values as plain data again. */
export function plainPayload(fields: readonly WireField[], payload: Plain): Plain {
  const result: Plain = {};
  for (const [name, given] of Object.entries(payload)) {
    const shape = fields.find((field) => field.name === name)?.shape;
    if (shape === "value") result[name] = decodeValue(given as TaggedValue);
    else if (shape === "commands") result[name] = (given as Member[]).map(plainMember);
    else if (Array.isArray(shape)) {
      result[name] = (given as Plain[]).map((item) => plainPayload(shape, item));
    } else result[name] = given;
  }
  return result;
}

type Member = Extract<ClientMessage, { kind: "request" }> | { error: { code: string } };

function plainMember(member: Member): Plain {
  if ("error" in member) return { error: member.error.code };
  const { command, payload } = member;
  return { command: command.name, payload: plainPayload(command.request, payload) };
}

/** An answer or push as the engine gives it: values become tagged values, null stays null. */
export function taggedPayload(fields: readonly WireField[], payload: Plain, path = ""): Plain {
  const result: Plain = { ...payload };
  for (const { name, shape } of fields) {
    const given = payload[name];
    if (shape === "value" && given !== undefined) {
      result[name] = encodeValue(given, path.length % 2 === 0 ? "json" : "msgpack");
    } else if (Array.isArray(shape) && Array.isArray(given)) {
      result[name] = given.map((item: Plain) => taggedPayload(shape, item, `${path}.`));
    }
  }
  return result;
}
