/**
 * The client's side of the MessagePack socket, written in place: requests and notices go straight
 * into the frame that carries them. What the bytes mean stands in `frames.ts`.
 *
 * A frame lies in a slab that later frames share and that nobody writes twice, so what was taken
 * stays as it is, and a message can be sent again from where it lies.
 */
import { invalidRequest } from "../errors.ts";
import type { CallOptions, ClientNoticeType } from "../messages.ts";
import { asBytes, normalize } from "../normalize.ts";
import { asObject, refuseUnknownFields } from "../readable.ts";
import { isWellFormed, utf8EncodeInto } from "../text.ts";
import { TAG_BYTES, TAG_MSGPACK, TAG_STRING } from "../values.ts";
import { findWireCommand, messageByType, type WireCommand, type WireField } from "../wire-table.ts";

type Fields = Record<string, unknown>;

const SLAB_BYTES = 64 * 1024;
/** A slab with less room than this is left behind when a frame ends. */
const MIN_ROOM_BYTES = 1024;
const HEADER_BYTES = 3; // array 16
/** Up to here a loop beats the encoder's call. */
const SHORT_TEXT = 24;

const NIL = 0xc0;
const BIN_8 = 0xc4;
const BIN_16 = 0xc5;
const BIN_32 = 0xc6;
const ARRAY_16 = 0xdc;

/** Collects messages for one frame after the other. */
export class MsgpackFrameWriter {
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array(SLAB_BYTES);
  #view = new DataView(this.#slab.buffer);
  #start = 0;
  #at = HEADER_BYTES;
  #count = 0;
  #messageStart = 0;

  /** How many messages the frame holds so far. */
  get count(): number {
    return this.#count;
  }

  /** How many bytes they take. */
  get size(): number {
    return this.#at - this.#start - HEADER_BYTES;
  }

  /** Where the newest message lies: in `slab` from `messageStart` to `messageEnd`. */
  get slab(): Uint8Array {
    return this.#slab;
  }

  get messageStart(): number {
    return this.#messageStart;
  }

  get messageEnd(): number {
    return this.#at;
  }

  /** Adds a request. Throws INVALID_REQUEST for what cannot travel; the frame is then as before. */
  request(id: number, command: WireCommand, payload: Fields, options?: CallOptions): void {
    const from = this.#at;
    try {
      const header = this.#openArray(command.request.length + 3);
      this.#integer(id);
      this.#call(command, payload, options, header, 1);
      this.#messageStart = from;
      this.#count++;
    } catch (error) {
      this.#at = from;
      throw error;
    }
  }

  /** Adds a hello, cancel, done or ping. */
  notice(type: ClientNoticeType, fields: Fields): void {
    const definition = messageByType("client", type);
    if (definition === undefined) throw invalidRequest(`There is no message of type ${type}.`);
    const from = this.#at;
    try {
      const header = this.#openArray(definition.fields.length + 1);
      this.#integer(definition.kind);
      const used = this.#fields(definition.fields, fields, "", type);
      this.#closeArray(header, definition.fields.length + 1, 1 + used);
      this.#count++;
    } catch (error) {
      this.#at = from;
      throw error;
    }
  }

  /** Adds plain data, such as a readable request; it must have been normalised. */
  data(data: unknown): void {
    this.#data(data);
    this.#count++;
  }

  /** Adds a message as it was written before, from the slab it lies in. */
  repeat(slab: Uint8Array, start: number, end: number): void {
    this.#room(end - start);
    this.#slab.set(slab.subarray(start, end), this.#at);
    this.#at += end - start;
    this.#count++;
  }

  /** The frame, ready to be sent; the next one begins. */
  take(): Uint8Array<ArrayBuffer> {
    const alone = this.#count === 1;
    if (!alone) {
      this.#slab[this.#start] = ARRAY_16;
      this.#view.setUint16(this.#start + 1, this.#count);
    }
    const frame = this.#slab.subarray(alone ? this.#start + HEADER_BYTES : this.#start, this.#at);
    this.#begin(this.#at);
    return frame;
  }

  /** Drops what was not taken. */
  clear(): void {
    this.#begin(this.#at);
  }

  #begin(start: number): void {
    this.#count = 0;
    if (start + MIN_ROOM_BYTES > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#view = new DataView(this.#slab.buffer);
      this.#start = 0;
    } else this.#start = start;
    this.#at = this.#start + HEADER_BYTES;
  }

  /** Makes room for `count` bytes; what lies in the slab keeps its place. */
  #room(count: number): void {
    if (this.#at + count <= this.#slab.length) return;
    const slab = new Uint8Array(Math.max(this.#slab.length * 2, this.#at + count));
    slab.set(this.#slab.subarray(this.#start, this.#at), this.#start);
    this.#slab = slab;
    this.#view = new DataView(slab.buffer);
  }

  #call(
    command: WireCommand,
    payload: Fields,
    options: CallOptions | undefined,
    header: number,
    before: number,
  ): void {
    const fields = command.request;
    this.#integer(command.number);
    let used = this.#fields(fields, payload, "", command.name);
    if (options !== undefined) {
      for (; used < fields.length; used++) this.#byte(NIL);
      this.#data(options);
      used++;
    }
    this.#closeArray(header, fields.length + 3, before + 1 + used);
  }

  /** Writes the fields in their order and returns how many; absent ones at the end are left out. */
  #fields(fields: readonly WireField[], payload: Fields, path: string, what: string): number {
    let left = 0;
    for (const _ in payload) left++;
    let used = 0;
    let end = this.#at;
    for (let i = 0; left > 0 && i < fields.length; i++) {
      const { name, shape } = fields[i] as WireField;
      const given = payload[name];
      if (given === undefined) {
        if (name in payload) left--;
        this.#byte(NIL);
        continue;
      }
      left--;
      if (shape === undefined) this.#argument(given, path, name);
      else this.#shaped(shape, given, path + name);
      used = i + 1;
      end = this.#at;
    }
    if (left > 0) {
      const known = fields.map((field) => field.name);
      refuseUnknownFields(payload, known, what);
    }
    this.#at = end;
    return used;
  }

  #argument(given: unknown, path: string, name: string): void {
    if (typeof given === "string") this.#text(given, path, name);
    else if (typeof given === "number") this.#number(given);
    else this.#data(normalize(given, path + name));
  }

  #shaped(shape: NonNullable<WireField["shape"]>, given: unknown, path: string): void {
    if (shape === "value") return this.#value(given, path);
    if (!Array.isArray(given) || shape === "results") return this.#data(normalize(given, path));
    this.#arrayHeader(given.length);
    for (let i = 0; i < given.length; i++) {
      const at = `${path}[${i}]`;
      if (shape === "commands") this.#member(given[i], at);
      else {
        const header = this.#openArray(shape.length);
        const used = this.#fields(shape, asObject(given[i], at), `${at}.`, at);
        this.#closeArray(header, shape.length, used);
      }
    }
  }

  /** A member that has no positions, for an unknown command or field, goes out by name. */
  #member(member: unknown, path: string): void {
    const call = asObject(member, path);
    refuseUnknownFields(call, ["command", "payload"], path);
    const payload = asObject(call.payload ?? {}, `${path}.payload`);
    const command = findWireCommand(String(call.command));
    if (command === undefined || !hasOnly(payload, command.request)) {
      this.#data([String(call.command), normalize(payload, `${path}.payload`)]);
      return;
    }
    const header = this.#openArray(command.request.length + 3);
    this.#call(command, payload, undefined, header, 0);
  }

  /** A tagged value: `bin` with a tag byte in front. */
  #value(given: unknown, path: string): void {
    this.#room(7);
    const from = this.#at;
    this.#at += 3; // bin 8 with its tag, unless the value turns out longer
    const tag = this.#tagged(given, path); // may move the slab
    this.#slab[from + 2] = tag;
    const size = this.#at - from - 2;
    if (size < 0x100) {
      this.#slab[from] = BIN_8;
      this.#slab[from + 1] = size;
      return;
    }
    const extra = size < 0x10000 ? 1 : 3;
    this.#room(extra);
    this.#slab.copyWithin(from + 2 + extra, from + 2, this.#at);
    this.#at += extra;
    this.#slab[from] = extra === 1 ? BIN_16 : BIN_32;
    if (extra === 1) this.#view.setUint16(from + 1, size);
    else this.#view.setUint32(from + 1, size);
  }

  #tagged(given: unknown, path: string): number {
    if (typeof given === "string") {
      this.#utf8(given, path, "");
      return TAG_STRING;
    }
    const normal = normalize(given, path);
    if (normal === undefined) {
      throw invalidRequest(`${path} is ${typeof given}, which is no value; use null.`, { path });
    }
    if (typeof normal === "string") {
      this.#utf8(normal, path, "");
      return TAG_STRING;
    }
    const bytes = asBytes(normal);
    if (bytes === null) {
      this.#data(normal);
      return TAG_MSGPACK;
    }
    this.#bytes(bytes);
    return TAG_BYTES;
  }

  /** Plain data, normalised before. */
  #data(data: unknown): void {
    switch (typeof data) {
      case "string":
        return this.#text(data, "", "");
      case "number":
        return this.#number(data);
      case "boolean":
        return this.#byte(data ? 0xc3 : 0xc2);
      case "object":
        return data === null ? this.#byte(NIL) : this.#object(data);
      default:
        return this.#byte(NIL);
    }
  }

  #object(data: object): void {
    const bytes = asBytes(data);
    if (bytes !== null) {
      this.#binHeader(bytes.length);
      return this.#bytes(bytes);
    }
    if (Array.isArray(data)) {
      this.#arrayHeader(data.length);
      for (const item of data) this.#data(item);
      return;
    }
    const entries = Object.entries(data);
    this.#sizedHeader(0x80, 0xde, entries.length);
    for (const [key, member] of entries) {
      this.#text(key, "", "");
      this.#data(member);
    }
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#slab[this.#at++] = byte;
  }

  #bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #text(text: string, path: string, name: string): void {
    // The header's width depends on the bytes: it is guessed from the length and mended if wrong.
    const guess = text.length < 32 ? 1 : text.length < 0x100 ? 2 : text.length < 0x10000 ? 3 : 5;
    this.#room(guess);
    const from = this.#at;
    this.#at += guess;
    this.#utf8(text, path, name);
    const size = this.#at - from - guess;
    const width = size < 32 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5;
    if (width !== guess) {
      this.#room(width);
      this.#slab.copyWithin(from + width, from + guess, this.#at);
      this.#at += width - guess;
    }
    if (width === 1) this.#slab[from] = 0xa0 | size;
    else if (width === 2) {
      this.#slab[from] = 0xd9;
      this.#slab[from + 1] = size;
    } else if (width === 3) {
      this.#slab[from] = 0xda;
      this.#view.setUint16(from + 1, size);
    } else {
      this.#slab[from] = 0xdb;
      this.#view.setUint32(from + 1, size);
    }
  }

  /** The bytes of a text; `path` and `name` say where it stands, should it not be well-formed. */
  #utf8(text: string, path: string, name: string): void {
    const length = text.length;
    this.#room(length * 3);
    const slab = this.#slab;
    let at = this.#at;
    if (length <= SHORT_TEXT) {
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit >= 0x80) break;
        slab[at++] = unit;
      }
      if (i === length) {
        this.#at = at;
        return;
      }
    }
    if (!isWellFormed(text)) {
      const where = path + name;
      throw invalidRequest(`${where} holds a lone surrogate, which is not UTF-8.`, {
        path: where,
        expected: "well-formed text",
      });
    }
    this.#at += utf8EncodeInto(text, slab, this.#at);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) return this.#integer(value);
    this.#room(9);
    this.#slab[this.#at] = 0xcb;
    this.#view.setFloat64(this.#at + 1, value);
    this.#at += 9;
  }

  #integer(value: number): void {
    this.#room(9);
    const at = this.#at;
    if (value >= -32 && value < 0x80) {
      this.#slab[at] = value & 0xff;
      this.#at = at + 1;
    } else if (value >= 0 && value < 0x10000) {
      this.#slab[at] = 0xcd;
      this.#slab[at + 1] = value >> 8;
      this.#slab[at + 2] = value & 0xff;
      this.#at = at + 3;
    } else if (value >= 0 && value < 0x100000000) {
      this.#slab[at] = 0xce;
      this.#view.setUint32(at + 1, value);
      this.#at = at + 5;
    } else if (value < 0 && value >= -0x80000000) {
      this.#slab[at] = 0xd2;
      this.#view.setInt32(at + 1, value);
      this.#at = at + 5;
    } else {
      this.#slab[at] = 0xcb;
      this.#view.setFloat64(at + 1, value);
      this.#at = at + 9;
    }
  }

  /** Leaves room for the header of an array of at most `most` items. */
  #openArray(most: number): number {
    const header = this.#at;
    const width = most < 16 ? 1 : HEADER_BYTES;
    this.#room(width);
    this.#at += width;
    return header;
  }

  #closeArray(header: number, most: number, count: number): void {
    if (most < 16) {
      this.#slab[header] = 0x90 | count;
      return;
    }
    this.#slab[header] = ARRAY_16;
    this.#view.setUint16(header + 1, count);
  }

  #arrayHeader(count: number): void {
    this.#sizedHeader(0x90, ARRAY_16, count);
  }

  #sizedHeader(fix: number, wide: number, count: number): void {
    this.#room(5);
    if (count < 16) {
      this.#slab[this.#at++] = fix | count;
    } else if (count < 0x10000) {
      this.#slab[this.#at] = wide;
      this.#view.setUint16(this.#at + 1, count);
      this.#at += 3;
    } else {
      this.#slab[this.#at] = wide + 1;
      this.#view.setUint32(this.#at + 1, count);
      this.#at += 5;
    }
  }

  #binHeader(size: number): void {
    this.#room(5);
    if (size < 0x100) {
      this.#slab[this.#at] = BIN_8;
      this.#slab[this.#at + 1] = size;
      this.#at += 2;
    } else if (size < 0x10000) {
      this.#slab[this.#at] = BIN_16;
      this.#view.setUint16(this.#at + 1, size);
      this.#at += 3;
    } else {
      this.#slab[this.#at] = BIN_32;
      this.#view.setUint32(this.#at + 1, size);
      this.#at += 5;
    }
  }
}

/** MessagePack of plain data that was normalised before. */
export function writeMsgpack(data: unknown): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackFrameWriter();
  writer.data(data);
  return writer.take();
}

function hasOnly(payload: Fields, fields: readonly WireField[]): boolean {
  return Object.keys(payload).every((name) => fields.some((field) => field.name === name));
}
