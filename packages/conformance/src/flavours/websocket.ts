import {
  type BatchResult,
  decodeJsonReplies,
  decodeMsgpackReplies,
  encodeJsonRequest,
  encodeMsgpackNotice,
  encodeMsgpackRequest,
  isErrorCode,
  type PendingCommand,
  type ReceivedMessage,
  type RequestId,
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
    const messages =
      format === "json"
        ? decodeJsonReplies(data.toString(), pending)
        : decodeMsgpackReplies(data, pending);
    for (const message of messages) receive(message);
  });
  if (format === "msgpack") socket.send(encodeMsgpackNotice("hello", { client_id: "conformance" }));
  let lastId = 0;
  return {
    pushes,
    call(name, payload = {}) {
      const id = ++lastId;
      const command = wireCommand(name);
      const members = name === "batch" ? memberNames(payload) : undefined;
      return new Promise<Fields>((resolve, reject) => {
        const frame =
          format === "json"
            ? encodeJsonRequest(id, command, payload)
            : encodeMsgpackRequest(id, command, payload);
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

type WireFailure = (BatchResult & { status: "error" })["error"];

function asError({ code, message, details }: WireFailure): SynapError {
  if (!isErrorCode(code)) return new SynapError("INTERNAL", `The unknown code ${code} came back.`);
  return new SynapError(code, message, { details });
}
