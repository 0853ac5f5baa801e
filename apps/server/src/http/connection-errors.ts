import type { Server } from "node:http";
import { invalidRequest, SynapError, toWireError } from "@hivellm/synap-protocol";
import { rawErrorAnswer } from "./error-answer.ts";
import type { Pipelines } from "./pipelines.ts";
import type { RequestIds } from "./request-ids.ts";

interface ParserError extends Error {
  readonly code?: string;
  readonly reason?: string;
}

/**
 * Answers what Node's HTTP parser rejects in the shape of all errors, and closes the connection:
 * after a parse error there is no telling where the next request begins.
 */
export function answerParserErrors(server: Server, ids: RequestIds, pipelines: Pipelines): void {
  server.on("clientError", (error: ParserError, socket) => {
    const refuse = (): void => {
      if (socket.writable) socket.end(parserRefusal(error, ids.next()));
      else socket.destroy();
    };
    const broken = pipelines.abandonNewest(socket);
    if (broken === null) pipelines.after(socket, refuse);
    else if (broken.headersSent) socket.destroy();
    else refuse();
  });
  server.on("connect", (_incoming, socket) => {
    const error = new SynapError("METHOD_NOT_ALLOWED", "This server is no proxy.", {
      details: { allow: ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] },
    });
    socket.on("error", () => socket.destroy());
    socket.end(rawErrorAnswer(toWireError(error), ids.next()));
  });
}

function parserRefusal(error: ParserError, requestId: string): string {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW": {
      const refusal = new SynapError(
        "PAYLOAD_TOO_LARGE",
        "The request line and headers are too large.",
      );
      return rawErrorAnswer(toWireError(refusal), requestId, 431);
    }
    case "ERR_HTTP_REQUEST_TIMEOUT": {
      const refusal = invalidRequest("The request did not arrive in time.");
      return rawErrorAnswer(toWireError(refusal), requestId, 408);
    }
    default: {
      const reason = error.reason ?? "it cannot be read";
      const refusal = invalidRequest(`This is not an HTTP request: ${reason}.`, {
        expected: "HTTP/1.1",
      });
      return rawErrorAnswer(toWireError(refusal), requestId);
    }
  }
}
