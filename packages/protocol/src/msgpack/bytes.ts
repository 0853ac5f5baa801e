/** Writes MessagePack into a slab that grows; what lies in it keeps its place. */
import { invalidRequest, type SynapError } from "../errors.ts";
import { asBytes, normalize } from "../normalize.ts";
import { isWellFormed, utf8EncodeInto } from "../text.ts";
import { TAG_BYTES, TAG_MSGPACK, TAG_STRING } from "../values.ts";

/** How large a slab is, unless one thing needs more. */
export const SLAB_BYTES = 64 * 1024;
/** Up to here a loop beats the encoder's call. */
const SHORT_TEXT = 24;

export const NIL = 0xc0;
const BIN_8 = 0xc4;
const BIN_16 = 0xc5;
const BIN_32 = 0xc6;
const ARRAY_16 = 0xdc;
/** The bytes of a header of ARRAY_16. */
export const ARRAY_16_BYTES = 3;

/** The bytes of one message after the other. Whoever uses it says where a frame begins. */
export class MsgpackBytes {
  slab: Uint8Array<ArrayBuffer> = new Uint8Array(SLAB_BYTES);
  /** Where the frame begins: what lies before it is not moved to a new slab. */
  start = 0;
  /** Where the next byte goes. */
  at: number;
  #view = new DataView(this.slab.buffer);

  /** `headerBytes` are left free at the start. */
  constructor(headerBytes: number) {
    this.at = headerBytes;
  }

  /** Begins a frame at `start`, or in a new slab, with as many bytes left free. */
  begin(start: number | null, headerBytes: number): void {
    if (start === null) {
      this.slab = new Uint8Array(SLAB_BYTES);
      this.#view = new DataView(this.slab.buffer);
    }
    this.start = start ?? 0;
    this.at = this.start + headerBytes;
  }

  /** The header of an array of `count` items, in room that was left free. */
  array16(at: number, count: number): void {
    this.slab[at] = ARRAY_16;
    this.#view.setUint16(at + 1, count);
  }

  /** Makes room for `count` bytes; what lies in the slab keeps its place. */
  room(count: number): void {
    if (this.at + count <= this.slab.length) return;
    const slab = new Uint8Array(Math.max(this.slab.length * 2, this.at + count));
    slab.set(this.slab.subarray(this.start, this.at), this.start);
    this.slab = slab;
    this.#view = new DataView(slab.buffer);
  }

  /** A tagged value: `bin` with a tag byte in front. */
  value(given: unknown, path: string): void {
    this.room(7);
    const from = this.at;
    this.at += 3; // bin 8 with its tag, unless the value turns out longer
    const tag = this.#tagged(given, path); // may move the slab
    this.slab[from + 2] = tag;
    const size = this.at - from - 2;
    if (size < 0x100) {
      this.slab[from] = BIN_8;
      this.slab[from + 1] = size;
      return;
    }
    const extra = size < 0x10000 ? 1 : 3;
    this.room(extra);
    this.slab.copyWithin(from + 2 + extra, from + 2, this.at);
    this.at += extra;
    this.slab[from] = extra === 1 ? BIN_16 : BIN_32;
    if (extra === 1) this.#view.setUint16(from + 1, size);
    else this.#view.setUint32(from + 1, size);
  }

  #tagged(given: unknown, path: string): number {
    if (typeof given === "string") {
      this.#utf8(given, path, "");
      return TAG_STRING;
    }
    const normal = normalize(given, path);
    if (normal === undefined) throw noValue(given, path);
    if (typeof normal === "string") {
      this.#utf8(normal, path, "");
      return TAG_STRING;
    }
    const bytes = asBytes(normal);
    if (bytes === null) {
      this.data(normal);
      return TAG_MSGPACK;
    }
    this.#bytes(bytes);
    return TAG_BYTES;
  }

  /** Plain data, normalised before. */
  data(data: unknown): void {
    switch (typeof data) {
      case "string":
        return this.text(data, "", "");
      case "number":
        return this.number(data);
      case "boolean":
        return this.byte(data ? 0xc3 : 0xc2);
      case "object":
        return data === null ? this.byte(NIL) : this.#object(data);
      default:
        return this.byte(NIL);
    }
  }

  #object(data: object): void {
    const bytes = asBytes(data);
    if (bytes !== null) {
      this.#binHeader(bytes.length);
      return this.#bytes(bytes);
    }
    if (Array.isArray(data)) {
      this.arrayHeader(data.length);
      for (const item of data) this.data(item);
      return;
    }
    const entries = Object.entries(data);
    this.#sizedHeader(0x80, 0xde, entries.length);
    for (const [key, member] of entries) {
      this.text(key, "", "");
      this.data(member);
    }
  }

  byte(byte: number): void {
    this.room(1);
    this.slab[this.at++] = byte;
  }

  #bytes(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.slab.set(bytes, this.at);
    this.at += bytes.length;
  }

  text(text: string, path: string, name: string): void {
    // The header's width depends on the bytes: it is guessed from the length and mended if wrong.
    const guess = text.length < 32 ? 1 : text.length < 0x100 ? 2 : text.length < 0x10000 ? 3 : 5;
    this.room(guess);
    const from = this.at;
    this.at += guess;
    this.#utf8(text, path, name);
    const size = this.at - from - guess;
    const width = size < 32 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5;
    if (width !== guess) {
      this.room(width);
      this.slab.copyWithin(from + width, from + guess, this.at);
      this.at += width - guess;
    }
    if (width === 1) this.slab[from] = 0xa0 | size;
    else if (width === 2) {
      this.slab[from] = 0xd9;
      this.slab[from + 1] = size;
    } else if (width === 3) {
      this.slab[from] = 0xda;
      this.#view.setUint16(from + 1, size);
    } else {
      this.slab[from] = 0xdb;
      this.#view.setUint32(from + 1, size);
    }
  }

  /** The bytes of a text; `path` and `name` say where it stands, should it not be well-formed. */
  #utf8(text: string, path: string, name: string): void {
    const length = text.length;
    this.room(length * 3);
    const slab = this.slab;
    let at = this.at;
    if (length <= SHORT_TEXT) {
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit >= 0x80) break;
        slab[at++] = unit;
      }
      if (i === length) {
        this.at = at;
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
    this.at += utf8EncodeInto(text, slab, this.at);
  }

  number(value: number): void {
    if (Number.isSafeInteger(value)) return this.integer(value);
    this.room(9);
    this.slab[this.at] = 0xcb;
    this.#view.setFloat64(this.at + 1, value);
    this.at += 9;
  }

  integer(value: number): void {
    this.room(9);
    const at = this.at;
    if (value >= -32 && value < 0x80) {
      this.slab[at] = value & 0xff;
      this.at = at + 1;
    } else if (value >= 0 && value < 0x10000) {
      this.slab[at] = 0xcd;
      this.slab[at + 1] = value >> 8;
      this.slab[at + 2] = value & 0xff;
      this.at = at + 3;
    } else if (value >= 0 && value < 0x100000000) {
      this.slab[at] = 0xce;
      this.#view.setUint32(at + 1, value);
      this.at = at + 5;
    } else if (value < 0 && value >= -0x80000000) {
      this.slab[at] = 0xd2;
      this.#view.setInt32(at + 1, value);
      this.at = at + 5;
    } else {
      this.slab[at] = 0xcb;
      this.#view.setFloat64(at + 1, value);
      this.at = at + 9;
    }
  }

  /** Leaves room for the header of an array of at most `most` items. */
  openArray(most: number): number {
    const header = this.at;
    const width = most < 16 ? 1 : ARRAY_16_BYTES;
    this.room(width);
    this.at += width;
    return header;
  }

  closeArray(header: number, most: number, count: number): void {
    if (most < 16) this.slab[header] = 0x90 | count;
    else this.array16(header, count);
  }

  arrayHeader(count: number): void {
    this.#sizedHeader(0x90, ARRAY_16, count);
  }

  #sizedHeader(fix: number, wide: number, count: number): void {
    this.room(5);
    if (count < 16) {
      this.slab[this.at++] = fix | count;
    } else if (count < 0x10000) {
      this.slab[this.at] = wide;
      this.#view.setUint16(this.at + 1, count);
      this.at += 3;
    } else {
      this.slab[this.at] = wide + 1;
      this.#view.setUint32(this.at + 1, count);
      this.at += 5;
    }
  }

  #binHeader(size: number): void {
    this.room(5);
    if (size < 0x100) {
      this.slab[this.at] = BIN_8;
      this.slab[this.at + 1] = size;
      this.at += 2;
    } else if (size < 0x10000) {
      this.slab[this.at] = BIN_16;
      this.#view.setUint16(this.at + 1, size);
      this.at += 3;
    } else {
      this.slab[this.at] = BIN_32;
      this.#view.setUint32(this.at + 1, size);
      this.at += 5;
    }
  }
}

/** A value that is none. */
export function noValue(given: unknown, path: string): SynapError {
  return invalidRequest(`${path} is ${typeof given}, which is no value; use null.`, { path });
}
