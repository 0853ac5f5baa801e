import {
  asObject,
  type ClientMessage,
  fieldsToJson,
  invalidRequest,
  isSynapError,
  nearestName,
  parseJson,
  type RequestId,
  readFields,
  readRequestId,
  type ServerFailure,
  type ServerReply,
  type SynapError,
  wireCommand,
} from "@hivellm/synap-protocol";

/*
 * What a consumer says on a queue's socket: `{command, message_id, …, request_id?}`, one each frame.
 * It is answered as on the JSON socket, in the order of the frames.
 */

const COMMANDS = ["ack", "nack", "extend", "release"];

/** Stands for the id of a frame that has none: an id that is given is never empty. */
const NO_ID = "";

/** Reads a frame; one that cannot be read is refused, and the socket goes on. */
export function readQueueFrame(queue: string, data: Buffer, isBinary: boolean): ClientMessage {
  let id: RequestId = NO_ID;
  try {
    if (isBinary) throw notText();
    const frame = asObject(parseJson(data.toString(), "the frame"), "the frame");
    const { command: name, request_id: requestId, ...fields } = frame;
    if (requestId != null) id = readRequestId(requestId);
    if (typeof name !== "string" || !COMMANDS.includes(name)) throw unknownCommand(name);
    const command = wireCommand(`queue.${name}`);
    const payload = readFields(command.request, { ...fields, queue }, "json");
    if (fields.queue !== undefined && fields.queue !== queue) throw otherQueue(queue);
    return { kind: "request", id, command, payload };
  } catch (error) {
    if (isSynapError(error)) return { kind: "refused", id, error };
    throw error;
  }
}

/** An answer as a frame. */
export function answerFrame(message: ServerReply | ServerFailure): string {
  const id = message.id === NO_ID ? "null" : JSON.stringify(message.id);
  const outcome =
    message.kind === "reply"
      ? `"status":"success","payload":${fieldsToJson(message.command.response, message.payload)}`
      : `"status":"error","error":${JSON.stringify(message.error)}`;
  return `{"type":"response","request_id":${id},${outcome}}`;
}

function unknownCommand(name: unknown): SynapError {
  const shown = typeof name === "string" ? JSON.stringify(name.slice(0, 100)) : typeof name;
  const nearest = typeof name === "string" ? nearestName(name, COMMANDS) : null;
  return invalidRequest(`There is no command ${shown} on the socket of a queue.`, {
    path: "command",
    expected: `one of ${COMMANDS.join(", ")}`,
    ...(nearest === null ? {} : { nearest }),
  });
}

function otherQueue(queue: string): SynapError {
  return invalidRequest("This socket belongs to another queue.", {
    path: "queue",
    expected: queue,
  });
}

function notText(): SynapError {
  return invalidRequest("This socket speaks JSON.", {
    path: "the frame",
    expected: "a text frame",
  });
}
