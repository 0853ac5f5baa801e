import type { Answer } from "@hivellm/synap-core";
import {
  decodeValue,
  type MessageFields,
  packMsgpack,
  TAG_BYTES,
  TAG_JSON,
  type TaggedValue,
  utf8Decode,
  utf8Encode,
  valueToJsonText,
} from "@hivellm/synap-protocol";
import { durabilityHeader } from "./answers.ts";
import { bytesToJsonArray } from "./byte-array.ts";
import type { Exchange } from "./exchange.ts";

/** What a delivery has beside its message, in the order in which it is told. */
const AROUND = [
  "priority",
  "retry_count",
  "max_retries",
  "headers",
  "timestamp",
  "deadline",
] as const;

/**
 * A delivery for readers that know no tagged values: `payload` is the message as bytes, always, and
 * `message` is there if it was published as JSON; its bytes are those of its JSON text then.
 */
export function deliveryToJson(fields: MessageFields): string {
  const message = fields.message as TaggedValue;
  let text = `{"id":${JSON.stringify(fields.id)},"message_id":${JSON.stringify(fields.message_id)}`;
  if (message[0] === TAG_BYTES) text += `,"payload":${bytesToJsonArray(message.subarray(1))}`;
  else {
    const json = message[0] === TAG_JSON ? null : valueToJsonText(message);
    const bytes = json === null ? message.subarray(1) : utf8Encode(json);
    text += `,"payload":${bytesToJsonArray(bytes)},"message":${json ?? utf8Decode(bytes)}`;
  }
  for (const name of AROUND) text += `,"${name}":${JSON.stringify(fields[name])}`;
  return `${text}}`;
}

/** The same for MessagePack, in which the payload is bytes as such. */
function deliveryToObject(fields: MessageFields): Record<string, unknown> {
  const message = fields.message as TaggedValue;
  const isBytes = message[0] === TAG_BYTES;
  return {
    id: fields.id,
    message_id: fields.message_id,
    payload: isBytes ? message.slice(1) : utf8Encode(valueToJsonText(message)),
    ...(isBytes ? {} : { message: decodeValue(message) }),
    ...Object.fromEntries(AROUND.map((name) => [name, fields[name]])),
  };
}

/**
 * Answers `GET /queue/{queue}/consume/{consumer_id}`: one delivery, or 204 if there is none. Never
 * too large: it was small enough to come in, and its reader could not ask for less.
 */
export function sendDelivery(exchange: Exchange, answer: Answer): void {
  const [delivery] = answer.payload.messages as readonly MessageFields[];
  const headers = durabilityHeader(answer);
  if (delivery === undefined) return exchange.send(204, null, "", headers);
  if (exchange.wantsMsgpack) {
    const body = packMsgpack(deliveryToObject(delivery));
    return exchange.send(200, "application/msgpack", body, headers);
  }
  exchange.send(200, "application/json", deliveryToJson(delivery), headers);
}
