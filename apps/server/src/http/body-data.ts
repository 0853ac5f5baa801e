import type { IncomingMessage } from "node:http";
import {
  asObject,
  parseJson,
  SynapError,
  unpackMsgpack,
  utf8Decode,
  type WireFormat,
} from "@hivellm/synap-protocol";
import { type BodyLimits, discardBody, hasBody, readBody } from "./body.ts";

/** What a body says, and in which format it said it. */
export interface BodyData {
  readonly format: WireFormat;
  readonly fields: Record<string, unknown>;
}

const EMPTY_AS_JSON = "json";

/** Reads a body as an object. An absent or empty one is `{}`, whatever its content type. */
export async function readBodyData(
  incoming: IncomingMessage,
  limits: BodyLimits,
): Promise<BodyData> {
  if (!hasBody(incoming)) return { format: EMPTY_AS_JSON, fields: {} };
  const format = formatOf(incoming.headers["content-type"]);
  if (format === null && incoming.headers["content-length"] !== undefined) {
    discardBody(incoming, limits);
    throw unsupported(incoming.headers["content-type"]);
  }
  const bytes = await readBody(incoming, limits);
  if (bytes.length === 0) return { format: EMPTY_AS_JSON, fields: {} };
  if (format === null) throw unsupported(incoming.headers["content-type"]);
  const data = format === "json" ? parseJson(utf8Decode(bytes), "the body") : unpackMsgpack(bytes);
  return { format, fields: asObject(data, "the body") };
}

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

/** The wire format of a content type, or null if it has none. */
export function formatOf(contentType: string | undefined): WireFormat | null {
  if (contentType === "application/json") return "json";
  if (contentType === undefined) return null;
  const mark = contentType.indexOf(";");
  const type = (mark === -1 ? contentType : contentType.slice(0, mark)).trim().toLowerCase();
  if (type === "application/msgpack") return "msgpack";
  if (type !== "application/json") return null;
  const charset = CHARSET.exec(contentType)?.[1]?.toLowerCase();
  return charset === undefined || charset === "utf-8" || charset === "utf8" ? "json" : null;
}

function unsupported(contentType: string | undefined): SynapError {
  const shown = contentType === undefined ? "no content type" : contentType.slice(0, 100);
  return new SynapError("UNSUPPORTED_MEDIA_TYPE", `The body comes with ${shown}.`, {
    details: {
      path: "Content-Type",
      expected: "application/json (in UTF-8) or application/msgpack",
    },
  });
}
