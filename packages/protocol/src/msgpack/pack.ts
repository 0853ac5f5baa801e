import { Packr, Unpackr } from "msgpackr";
import { MAX_DEPTH } from "../limits.ts";
import { scanMsgpack } from "./scan.ts";

/*
 * msgpackr with everything off that goes beyond plain MessagePack: no records, no extension types,
 * maps as plain objects, a member named `toJSON` as any other. `undefined` is written as nil: that is
 * how an absent argument travels.
 */
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, useToJSON: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" });

/** MessagePack of plain data; the bytes are the caller's own. */
export function packMsgpack(data: unknown): Uint8Array {
  return packr.pack(data);
}

/** Plain data of MessagePack that this process has already scanned. `bin` comes as views. */
export function unpackScanned(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes);
}

/** What may lie around a value of MAX_DEPTH in a message: frame, message, payload, lists. */
const ENVELOPE_DEPTH = 8;

/** Scans and decodes a message from a stranger; throws INVALID_REQUEST for what breaks a rule. */
export function unpackMsgpack(bytes: Uint8Array): unknown {
  scanMsgpack(bytes, 0, MAX_DEPTH + ENVELOPE_DEPTH);
  return unpackr.unpack(bytes);
}
