import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { invalidRequest, SynapError } from "@hivellm/synap-protocol";
import type { TransportLimits } from "../transport-limits.ts";

/** How a body is bounded. */
export type BodyLimits = { readonly maxBodyBytes: number } & Pick<
  TransportLimits,
  "maxDiscardBytes" | "discardTimeoutMs"
>;

const NOTHING = Buffer.alloc(0);
const unzip = promisify(gunzip);

/** Whether a request announces a body at all. */
export function hasBody(incoming: IncomingMessage): boolean {
  const length = incoming.headers["content-length"];
  return (
    incoming.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0")
  );
}

/** Whether a body's announced length alone is too much. */
export function announcesTooMuch(incoming: IncomingMessage, maxBodyBytes: number): boolean {
  return Number(incoming.headers["content-length"] ?? 0) > maxBodyBytes;
}

/**
 * Reads a request's body from the Node request. Never holds more than the limit: what goes beyond
 * is thrown away as it comes, so that the sender gets to read the refusal.
 */
export async function readBody(incoming: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  if (!hasBody(incoming)) return NOTHING;
  const encoding = (incoming.headers["content-encoding"] ?? "identity").toLowerCase();
  if (encoding === "identity") return await readBytes(incoming, limits);
  if (encoding === "gzip" || encoding === "x-gzip") {
    return await unzipped(await readBytes(incoming, limits), limits.maxBodyBytes);
  }
  discardBody(incoming, limits);
  throw new SynapError(
    "UNSUPPORTED_MEDIA_TYPE",
    `The content encoding ${JSON.stringify(encoding.slice(0, 60))} is not known.`,
    { details: { path: "Content-Encoding", expected: "gzip, or none" } },
  );
}

function readBytes(incoming: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (announcesTooMuch(incoming, limits.maxBodyBytes)) {
      discardBody(incoming, limits);
      reject(tooLarge(limits.maxBodyBytes));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limits.maxBodyBytes) {
        chunks.push(chunk);
        return;
      }
      incoming.off("data", onData);
      discardBody(incoming, limits);
      reject(tooLarge(limits.maxBodyBytes));
    };
    incoming.on("data", onData);
    incoming.once("end", () => {
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    incoming.once("error", () => reject(brokenOff()));
    incoming.once("close", () => {
      if (!incoming.complete) reject(brokenOff());
    });
  });
}

/** Nobody is there to read this answer. */
function brokenOff(): SynapError {
  return invalidRequest("The request broke off.", { path: "the body" });
}

function tooLarge(limit: number): SynapError {
  return new SynapError("PAYLOAD_TOO_LARGE", `The body is larger than ${limit} bytes.`, {
    details: { path: "the body", limit },
  });
}

/** Reads on without keeping anything, up to a bound of bytes and time; then cuts the connection. */
export function discardBody(incoming: IncomingMessage, limits: BodyLimits): void {
  const { socket } = incoming;
  let left = limits.maxDiscardBytes;
  const timer = setTimeout(() => socket.destroy(), limits.discardTimeoutMs).unref();
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  incoming.once("close", () => clearTimeout(timer));
}

async function unzipped(bytes: Buffer, maxBodyBytes: number): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge(maxBodyBytes);
    throw invalidRequest("The body is not valid gzip.", { path: "the body", expected: "gzip" });
  }
}
