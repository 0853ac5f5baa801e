import type { Answer } from "@hivellm/synap-core";
import {
  fieldsToJson,
  fieldsToObject,
  type MessageFields,
  packMsgpack,
  type RequestId,
  utf8Length,
  type WireCommand,
} from "@hivellm/synap-protocol";
import { answerTooLarge, payloadBytes } from "../answer-size.ts";
import { eventToJson, eventToObject } from "./event-json.ts";
import type { Exchange, ExtraHeaders } from "./exchange.ts";

/** An answer on its way out, with the command it belongs to and the most it may measure. */
export interface OutgoingAnswer {
  readonly command: WireCommand;
  readonly answer: Answer;
  readonly maxBytes: number;
}

/** What one UTF-16 unit takes at most. */
const MAX_UTF8_BYTES = 3;

/** Answers a REST call: the payload alone, everything beside it in headers. */
export function sendRestAnswer(exchange: Exchange, outgoing: OutgoingAnswer, status = 200): void {
  const { command, answer } = outgoing;
  checkSize(outgoing, payloadBytes(command, answer.payload));
  const body = exchange.wantsMsgpack
    ? packMsgpack(fieldsToObject(command.response, answer.payload))
    : fieldsToJson(command.response, answer.payload);
  sendBody(exchange, outgoing, body, { status, extra: durabilityHeader(answer) });
}

/** Answers with a page of a room's events, each as listeners without a library get them. */
export function sendEvents(exchange: Exchange, outgoing: OutgoingAnswer): void {
  const { command, answer } = outgoing;
  checkSize(outgoing, payloadBytes(command, answer.payload));
  const { events, ...others } = answer.payload;
  const list = events as readonly MessageFields[];
  const body = exchange.wantsMsgpack
    ? packMsgpack({ events: list.map(eventToObject), ...others })
    : `{"events":[${list.map(eventToJson).join(",")}],${JSON.stringify(others).slice(1)}`;
  sendBody(exchange, outgoing, body, { extra: durabilityHeader(answer) });
}

/** Answers the command endpoint: the payload in the envelope that sockets use as well. */
export function sendCommandAnswer(
  exchange: Exchange,
  requestId: RequestId,
  outgoing: OutgoingAnswer,
): void {
  const { command, answer } = outgoing;
  checkSize(outgoing, payloadBytes(command, answer.payload));
  if (exchange.wantsMsgpack) {
    const body = packMsgpack({
      type: "response",
      request_id: requestId,
      status: "success",
      payload: fieldsToObject(command.response, answer.payload),
      ...(answer.durability === undefined ? {} : { durability: answer.durability }),
    });
    return sendBody(exchange, outgoing, body);
  }
  const payload = fieldsToJson(command.response, answer.payload);
  const durability = answer.durability === undefined ? "" : `,"durability":"${answer.durability}"`;
  const head = `{"type":"response","request_id":${JSON.stringify(requestId)},"status":"success"`;
  sendBody(exchange, outgoing, `${head},"payload":${payload}${durability}}`);
}

/** Answers a batch: its results in order, in the batch's own envelope. */
export function sendBatchAnswer(
  exchange: Exchange,
  requestId: RequestId | undefined,
  outgoing: OutgoingAnswer,
): void {
  const { command, answer } = outgoing;
  checkSize(outgoing, payloadBytes(command, answer.payload));
  if (exchange.wantsMsgpack) {
    const body = packMsgpack({
      type: "batch_response",
      ...(requestId === undefined ? {} : { request_id: requestId }),
      ...fieldsToObject(command.response, answer.payload),
    });
    return sendBody(exchange, outgoing, body, { extra: durabilityHeader(answer) });
  }
  const id = requestId === undefined ? "" : `,"request_id":${JSON.stringify(requestId)}`;
  const results = fieldsToJson(command.response, answer.payload).slice(1);
  const body = `{"type":"batch_response"${id},${results}`;
  sendBody(exchange, outgoing, body, { extra: durabilityHeader(answer) });
}

/** The headers that name an answer's level, where it is not the server's own. */
export function durabilityHeader(answer: Answer): ExtraHeaders | undefined {
  return answer.durability === undefined ? undefined : { "x-synap-durability": answer.durability };
}

function sendBody(
  exchange: Exchange,
  outgoing: OutgoingAnswer,
  body: string | Uint8Array,
  {
    status = 200,
    extra,
  }: { readonly status?: number; readonly extra?: ExtraHeaders | undefined } = {},
): void {
  if (body.length * MAX_UTF8_BYTES > outgoing.maxBytes) {
    checkSize(outgoing, typeof body === "string" ? utf8Length(body) : body.length);
  }
  const type = typeof body === "string" ? "application/json" : "application/msgpack";
  exchange.send(status, type, body, extra);
}

function checkSize({ command, maxBytes }: OutgoingAnswer, size: number): void {
  if (size > maxBytes) throw answerTooLarge(command.name, maxBytes);
}
