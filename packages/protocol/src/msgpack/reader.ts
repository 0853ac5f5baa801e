/**
 * The client's side of the MessagePack socket: answers and pushes are read in place, each straight
 * into the object that the caller gets. What the bytes mean stands in `frames.ts`. They come from
 * our own server, so they are read, not scanned; a frame that cannot be read is INTERNAL.
 */

import type { WireError } from "../errors.ts";
import { SynapError } from "../errors.ts";
import type { PendingCommand } from "../json/frames.ts";
import type { BatchResult, Durability, RequestId } from "../messages.ts";
import { readWireError } from "../readable.ts";
import { utf8Decode } from "../text.ts";
import { TAG_BYTES, TAG_MSGPACK, TAG_STRING, type Value, valueFromJson } from "../values.ts";
import { messageByKind, type WireCommand, type WireField, wireCommand } from "../wire-table.ts";

type Fields = Record<string, unknown>;

/** Up to here a loop beats the decoder's call. */
const SHORT_TEXT = 24;

/** What becomes of the messages of a frame, one call each, in their order. */
export interface ReplyHandler<P extends PendingCommand> {
  /** The command that an id belongs to; undefined if nobody waits for it. */
  pending(id: RequestId): P | undefined;
  reply(call: P, id: RequestId, payload: Fields, durability: Durability | undefined): void;
  /** A null id: the server could not read which request it refused. */
  failure(id: RequestId | null, error: WireError): void;
  push(type: string, fields: Fields): void;
}

/** Reads a frame and hands its messages to `handler`. */
export function readMsgpackFrame<P extends PendingCommand>(
  bytes: Uint8Array,
  handler: ReplyHandler<P>,
): void {
  const reader = new FrameReader(bytes);
  if (!reader.pipeline()) return readMessage(reader, handler);
  for (let left = reader.count(); left > 0; left--) readMessage(reader, handler);
}

/** Reads plain data; `bin` comes as a copy of its bytes. */
export function readMsgpack(bytes: Uint8Array): unknown {
  return new FrameReader(bytes).data();
}

function readMessage<P extends PendingCommand>(
  reader: FrameReader,
  handler: ReplyHandler<P>,
): void {
  let left = reader.count() - 1;
  const head = reader.data() as number;
  if (head < 0) {
    const definition = messageByKind("server", head);
    const fields = reader.fields(definition?.fields ?? [], left);
    return handler.push(definition?.type ?? "unknown", fields);
  }
  if (reader.nil()) {
    const error = readWireError(left > 1 ? reader.data() : null);
    return handler.failure(head === 0 ? null : head, error);
  }
  const call = head === 0 ? undefined : handler.pending(head);
  const payload = call === undefined ? reader.data() : reader.result(call.command, call.members);
  let durability: Durability | undefined;
  for (left--; left > 0; left--) durability = reader.data() as Durability;
  if (call !== undefined) handler.reply(call, head, payload as Fields, durability);
}

class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether the frame is an array of messages: then its first element is an array too. */
  pipeline(): boolean {
    this.count();
    const head = this.#bytes[this.#at];
    this.#at = 0;
    return head !== undefined && ((head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd);
  }

  /** The header of an array. */
  count(): number {
    const head = this.#byte();
    if ((head & 0xf0) === 0x90) return head & 0x0f;
    if (head === 0xdc) return this.#uint(2);
    if (head === 0xdd) return this.#uint(4);
    throw unreadable(this.#at);
  }

  /** Passes over a nil. */
  nil(): boolean {
    if (this.#bytes[this.#at] !== 0xc0) return false;
    this.#at++;
    return true;
  }

  /** A command's result, by its response fields. */
  result(command: WireCommand, members: readonly string[] | undefined): Fields {
    const fields = command.response;
    const only = fields[0];
    if (only?.shape === "results") return { [only.name]: this.#outcomes(members ?? []) };
    if (fields.length === 1 && only !== undefined) {
      // Bare, but for one that is null: that stands in an array.
      const bare = only.shape !== undefined || !this.#isNullInArray();
      if (bare) return { [only.name]: this.#field(only.shape) };
    }
    return this.fields(fields, this.count());
  }

  #isNullInArray(): boolean {
    return this.#bytes[this.#at] === 0x91 && this.#bytes[this.#at + 1] === 0xc0;
  }

  #outcomes(members: readonly string[]): BatchResult[] {
    const results: BatchResult[] = [];
    const count = this.count();
    for (let i = 0; i < count; i++) {
      const length = this.count();
      const name = members[i];
      if (length > 1) {
        this.nil();
        results.push({ status: "error", error: readWireError(this.data()) });
      } else if (name === undefined) this.data();
      else results.push({ status: "success", payload: this.result(wireCommand(name), undefined) });
    }
    return results;
  }

  /** `count` items in the order of `fields`; what is left out at the end is absent. */
  fields(fields: readonly WireField[], count: number): Fields {
    const result: Fields = {};
    for (let i = 0; i < fields.length; i++) {
      const { name, shape, optional } = fields[i] as WireField;
      if (i < count && !this.nil()) {
        result[name] = shape === undefined ? this.data() : this.#field(shape);
      } else if (optional !== true) result[name] = null;
    }
    for (let extra = count - fields.length; extra > 0; extra--) this.data();
    return result;
  }

  #field(shape: WireField["shape"]): unknown {
    if (shape === "value") return this.#value();
    if (!Array.isArray(shape)) return this.data();
    const count = this.count();
    const items: Fields[] = new Array(count);
    for (let i = 0; i < count; i++) items[i] = this.fields(shape, this.count());
    return items;
  }

  /** A tagged value: `bin` with a tag byte in front. */
  #value(): Value {
    const head = this.#byte();
    const size = head === 0xc4 ? this.#byte() : this.#uint(head === 0xc5 ? 2 : 4);
    const from = this.#at;
    const end = from + size;
    switch (this.#bytes[from]) {
      case TAG_STRING:
        this.#at = end;
        return this.#utf8(from + 1, end);
      case TAG_MSGPACK: {
        this.#at = from + 1;
        const value = this.data();
        this.#at = end;
        return value as Value;
      }
      case TAG_BYTES:
        this.#at = end;
        return new Uint8Array(this.#bytes.subarray(from + 1, end)); // `slice` of a Buffer is a view
      default:
        this.#at = end;
        return valueFromJson(JSON.parse(this.#utf8(from + 1, end))); // TAG_JSON
    }
  }

  /** Any item; `bin` comes as a copy of its bytes. */
  data(): unknown {
    const head = this.#byte();
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head < 0x90) return this.#map(head & 0x0f);
    if (head < 0xa0) return this.#array(head & 0x0f);
    if (head < 0xc0) return this.#text(head & 0x1f);
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xcb:
        this.#at += 8;
        return this.#view.getFloat64(this.#at - 8);
      case 0xcf:
        return this.#uint(4) * 0x1_0000_0000 + this.#uint(4);
      default:
        return this.#sized(head);
    }
  }

  #sized(head: number): unknown {
    switch (head) {
      case 0xc4:
      case 0xc5:
      case 0xc6: {
        const size = this.#uint(1 << (head - 0xc4));
        this.#at += size;
        return new Uint8Array(this.#bytes.subarray(this.#at - size, this.#at));
      }
      case 0xca:
        this.#at += 4;
        return this.#view.getFloat32(this.#at - 4);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (head - 0xcc));
      case 0xd0:
        return this.#view.getInt8(this.#at++);
      case 0xd1:
        this.#at += 2;
        return this.#view.getInt16(this.#at - 2);
      case 0xd2:
        this.#at += 4;
        return this.#view.getInt32(this.#at - 4);
      case 0xd3:
        this.#at += 8;
        return Number(this.#view.getBigInt64(this.#at - 8));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(head === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(head === 0xde ? 2 : 4));
      default:
        throw unreadable(this.#at);
    }
  }

  #array(count: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(this.data());
    return items;
  }

  #map(count: number): Fields {
    const members: Fields = {};
    for (let i = 0; i < count; i++) {
      const key = this.data() as string;
      members[key] = this.data();
    }
    return members;
  }

  #text(size: number): string {
    this.#at += size;
    return this.#utf8(this.#at - size, this.#at);
  }

  #utf8(from: number, end: number): string {
    if (end > this.#bytes.length) throw unreadable(from);
    const short = end - from <= SHORT_TEXT ? this.#ascii(from, end) : null;
    return short ?? utf8Decode(this.#bytes.subarray(from, end));
  }

  /** The text if it is plain ASCII, else null. */
  #ascii(from: number, end: number): string | null {
    const bytes = this.#bytes;
    let text = "";
    let at = from;
    for (; at + 3 < end; at += 4) {
      const a = bytes[at] as number;
      const b = bytes[at + 1] as number;
      const c = bytes[at + 2] as number;
      const d = bytes[at + 3] as number;
      if ((a | b | c | d) >= 0x80) return null;
      text += String.fromCharCode(a, b, c, d);
    }
    for (; at < end; at++) {
      const unit = bytes[at] as number;
      if (unit >= 0x80) return null;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw unreadable(this.#at);
    return byte;
  }

  #uint(width: number): number {
    this.#at += width;
    const from = this.#at - width;
    if (width === 1) return this.#view.getUint8(from);
    return width === 2 ? this.#view.getUint16(from) : this.#view.getUint32(from);
  }
}

function unreadable(at: number): SynapError {
  return new SynapError("INTERNAL", `The server sent a frame that cannot be read at byte ${at}.`);
}
