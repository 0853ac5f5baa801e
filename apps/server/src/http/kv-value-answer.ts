import type { Answer } from "@hivellm/synap-core";
import {
  decodeValue,
  packMsgpack,
  TAG_BYTES,
  TAG_JSON,
  TAG_STRING,
  type TaggedValue,
  valueToJsonText,
} from "@hivellm/synap-protocol";
import { durabilityHeader } from "./answers.ts";
import type { Exchange } from "./exchange.ts";

const MISS = "null";

/**
 * Answers `GET /kv/get/{key}` with the bare value: a string as text, bytes as bytes, all else as
 * JSON. A miss is 404 with `null`. What rests as text or JSON leaves as the bytes that rest.
 */
export function sendKvValue(exchange: Exchange, answer: Answer): void {
  const { found, value, ttl, version } = answer.payload;
  if (found !== true) return sendMiss(exchange);
  const headers: Record<string, string> = { etag: `"${version}"`, ...durabilityHeader(answer) };
  if (typeof ttl === "number") headers["x-synap-ttl"] = String(ttl);
  const tagged = value as TaggedValue;
  if (exchange.wantsMsgpack) {
    return exchange.send(200, "application/msgpack", packMsgpack(decodeValue(tagged)), headers);
  }
  switch (tagged[0]) {
    case TAG_STRING:
      return exchange.send(200, "text/plain; charset=utf-8", tagged.subarray(1), headers);
    case TAG_BYTES:
      return exchange.send(200, "application/octet-stream", tagged.subarray(1), headers);
    case TAG_JSON:
      return exchange.send(200, "application/json", tagged.subarray(1), headers);
    default:
      return exchange.send(200, "application/json", valueToJsonText(tagged), headers);
  }
}

function sendMiss(exchange: Exchange): void {
  if (exchange.wantsMsgpack) exchange.send(404, "application/msgpack", packMsgpack(null));
  else exchange.send(404, "application/json", MISS);
}
