import {
  type BatchResult,
  decodeJsonReplies,
  encodeJsonRequest,
  isErrorCode,
  MsgpackFrameWriter,
  type PendingCommand,
  type ReceivedMessage,
  type ReplyHandler,
  type RequestId,
  readMsgpackFrame,
  SUBPROTOCOLS,
  SynapError,
  type WireFormat,
  wireCommand,
} from "@hivellm/synap-protocol";
import { WebSocket } from "ws";
import type { Fields, Flavour, Party, Push } from "../types.ts";
import { memberNames } from "./http.ts";
import { startWorld } from "./server.ts";

/** The socket's frames, without an SDK. */
export function webSocketFlavour(format: WireFormat): Flavour {
  return {
    name: `WebSocket, ${format === "json" ? "JSON" : "MessagePack"}`,
    capabilities: ["session"],
    start: (limits) => startWorld(limits, ({ url }) => joinSocket(url, format)),
  };
}

interface Waiting extends PendingCommand {
  readonly resolve: (answer: Fields) => void;
  readonly reject: (error: unknown) => void;
}

async function joinSocket(url: string, format: WireFormat): Promise<Party> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/ws`, SUBPROTOCOLS[format]);
  socket.binaryType = "nodebuffer";
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const waiting = new Map<RequestId, Waiting>();
  const pushes: Push[] = [];
  const receive = (message: ReceivedMessage): void => {
    if (message.kind === "push") {
      pushes.push(message);
      return;
    }
    const entry = message.id === null ? undefined : waiting.get(message.id);
    if (entry === undefined) return;
    waiting.delete(message.id as RequestId);
    if (message.kind === "reply") entry.resolve(message.payload);
    else entry.reject(asError(message.error));
  };
  const pending = (id: RequestId): PendingCommand | undefined => waiting.get(id);
  socket.on("message", (data: Buffer) => {
    if (format === "json") decodeJsonReplies(data.toString(), pending).forEach(receive);
    else readMsgpackFrame(data, replyHandler(pending, receive));
  });
  const writer = new MsgpackFrameWriter();
  if (format === "msgpack") {
    writer.notice("hello", { client_id: "conformance" });
    socket.send(writer.take());
  }
  let lastId = 0;
  return {
    pushes,
    call(name, payload = {}) {
      const id = ++lastId;
      const command = wireCommand(name);
      const members = name === "batch" ? memberNames(payload) : undefined;
      return new Promise<Fields>((resolve, reject) => {
        if (format === "msgpack") writer.request(id, command, payload);
        const frame = format === "json" ? encodeJsonRequest(id, command, payload) : writer.take();
        waiting.set(id, { command, ...(members && { members }), resolve, reject });
        socket.send(frame);
      });
    },
    async close() {
      if (socket.readyState === WebSocket.CLOSED) return;
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.close(1000);
      await closed;
    },
  };
}

/** The frame's messages one by one, as the JSON side has them. */
function replyHandler(
  pending: (id: RequestId) => PendingCommand | undefined,
  receive: (message: ReceivedMessage) => void,
): ReplyHandler<PendingCommand> {
  return {
    pending,
    reply: (_, id, payload) => receive({ kind: "reply", id, payload }),
    failure: (id, error) => receive({ kind: "failure", id, error }),
    push: (type, fields) => receive({ kind: "push", type, fields }),
  };
}

type WireFailure = (BatchResult & { status: "error" })["error"];

function asError({ code, message, details }: WireFailure): SynapError {
  if (!isErrorCode(code)) return new SynapError("INTERNAL", `The unknown code ${code} came back.`);
  return new SynapError(code, message, { details });
}
