import { type TaggedValue, utf8Decode, utf8Encode, utf8Length } from "@hivellm/synap-protocol";
import type { Texts } from "./room-effects.ts";

/** What an event says. */
export interface EventBody {
  readonly eventType: string;
  readonly metadata: Texts | null;
  readonly data: TaggedValue;
}

/*
 * How a body rests: a text is its length and its UTF-8, a length is a varint (seven bits a byte,
 * the low ones first).
 *
 * type · members of metadata + 1, or 0 where there is none · name and text of each · data to the end
 */

/** How many bytes a body takes at rest. */
export function bodyLength({ eventType, metadata, data }: EventBody): number {
  let length = textLength(eventType) + data.length;
  if (metadata === null) return length + 1;
  let members = 0;
  for (const name in metadata) {
    length += textLength(name) + textLength(metadata[name] as string);
    members++;
  }
  return length + varintLength(members + 1);
}

/** Writes a body into `target`, which is as long as `bodyLength` says. */
export function writeBody({ eventType, metadata, data }: EventBody, target: Uint8Array): void {
  let at = writeText(eventType, target, 0);
  if (metadata === null) target[at++] = 0;
  else {
    const names = Object.keys(metadata);
    at = writeVarint(names.length + 1, target, at);
    for (const name of names) {
      at = writeText(name, target, at);
      at = writeText(metadata[name] as string, target, at);
    }
  }
  target.set(data, at);
}

/** Reads a body; its data is a view of `bytes`. */
export function readBody(bytes: Uint8Array): EventBody {
  const reader = new BodyReader(bytes);
  const eventType = reader.text();
  const members = reader.varint() - 1;
  if (members < 0) return { eventType, metadata: null, data: reader.rest() };
  const entries: [string, string][] = [];
  for (let i = 0; i < members; i++) entries.push([reader.text(), reader.text()]);
  return { eventType, metadata: Object.fromEntries(entries), data: reader.rest() };
}

class BodyReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    const start = this.#at;
    this.#at += length;
    return readText(this.#bytes, start, this.#at);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

/** Up to here a loop over plain ASCII is quicker than a decoder. */
const SHORT_TEXT = 32;

function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_TEXT) return utf8Decode(bytes.subarray(start, end));
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) return utf8Decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function writeText(text: string, target: Uint8Array, start: number): number {
  const length = utf8Length(text);
  const at = writeVarint(length, target, start);
  if (length === text.length) {
    for (let i = 0; i < length; i++) target[at + i] = text.charCodeAt(i);
  } else target.set(utf8Encode(text), at);
  return at + length;
}

function writeVarint(value: number, target: Uint8Array, start: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

function textLength(text: string): number {
  const length = utf8Length(text);
  return varintLength(length) + length;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) length++;
  return length;
}
