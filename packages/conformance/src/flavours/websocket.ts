import {
  type BatchResult,
  decodeJsonReplies,
  encodeJsonNotice,
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
    capabilities: ["session", "pushes", "wire", "socket"],
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
      if (message.type !== "hello") pushes.push(message); // the answer to ours
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
  socket.once("close", () => {
    const lost = new SynapError("CONNECTION_LOST", "The socket is closed.");
    for (const { reject } of waiting.values()) reject(lost);
  });
  const writer = new MsgpackFrameWriter();
  const notify = (type: "hello" | "cancel", fields: Fields): void => {
    if (format === "msgpack") writer.notice(type, fields);
    socket.send(format === "json" ? encodeJsonNotice(type, fields) : writer.take());
  };
  if (format === "msgpack") notify("hello", { client_id: "conformance" });
  let lastId = 0;
  return {
    pushes,
    call(name, payload = {}, signal) {
      const id = ++lastId;
      signal?.addEventListener("abort", () => notify("cancel", { request_id: id }));
      const command = wireCommand(name);
      const members = name === "batch" ? memberNames(payload) : undefined;
      return new Promise<Fields>((resolve, reject) => {
        if (format === "msgpack") writer.request(id, command, payload);
        const frame = format === "json" ? encodeJsonRequest(id, command, payload) : writer.take();
        waiting.set(id, { command, ...(members && { members }), resolve, reject });
        socket.send(frame);
      });
    },
    hello: () => notify("hello", {}),
    lose: () => socket.terminate(),
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
