import { invalidRequest } from "../errors.ts";
import { MAX_DEPTH } from "../limits.ts";
import { isUtf8 } from "../text.ts";

/**
 * Reads over MessagePack before it is decoded, so that bytes from a stranger can neither make the
 * decoder allocate what was only announced nor yield what could not be written in JSON:
 *
 * S1  nothing nests deeper than `maxDepth`
 * S2  no announced size exceeds the bytes that are left
 * S3  map keys are strings, and none is `__proto__`
 * S4  no extension types
 * S5  strings are UTF-8
 * S6  integers lie within 2^53, floats are finite
 * S7  exactly one item, no bytes after it
 *
 * Throws INVALID_REQUEST that names the offset and the rule.
 */
export function scanMsgpack(bytes: Uint8Array, start = 0, maxDepth = MAX_DEPTH): void {
  const end = new Scanner(bytes, maxDepth).item(start, 0);
  if (end !== bytes.length) refuse(end, "there are bytes after the message"); // S7
}

function refuse(offset: number, fault: string): never {
  throw invalidRequest(`MessagePack at byte ${offset}: ${fault}.`, {
    path: `byte ${offset}`,
    expected: "MessagePack of nil, booleans, numbers, strings, bin, arrays and string-keyed maps",
  });
}

const PROTO = "__proto__";

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #maxDepth: number;

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#maxDepth = maxDepth;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Scans the item at `at` and returns the offset behind it. */
  item(at: number, depth: number): number {
    this.#need(at, 1, at);
    const head = this.#bytes[at] as number;
    if (head <= 0x7f || head >= 0xe0) return at + 1;
    if (head <= 0x8f) return this.#map(at + 1, head & 0x0f, at, depth);
    if (head <= 0x9f) return this.#array(at + 1, head & 0x0f, at, depth);
    if (head <= 0xbf) return this.#string(at + 1, head & 0x1f, at);
    return this.#tagged(head, at, depth);
  }

  #tagged(head: number, at: number, depth: number): number {
    switch (head) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return at + 1;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#sized(at, 1 << (head - 0xc4));
      case 0xca:
        return this.#float(at, 4);
      case 0xcb:
        return this.#float(at, 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#need(at + 1, 1 << (head - 0xcc), at);
      case 0xcf:
        return this.#long(at, false);
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#need(at + 1, 1 << (head - 0xd0), at);
      case 0xd3:
        return this.#long(at, true);
      case 0xd9:
      case 0xda:
      case 0xdb: {
        const width = 1 << (head - 0xd9);
        return this.#string(at + 1 + width, this.#size(at, width), at);
      }
      case 0xdc:
      case 0xdd: {
        const width = head === 0xdc ? 2 : 4;
        return this.#array(at + 1 + width, this.#size(at, width), at, depth);
      }
      case 0xde:
      case 0xdf: {
        const width = head === 0xde ? 2 : 4;
        return this.#map(at + 1 + width, this.#size(at, width), at, depth);
      }
      default:
        return refuse(at, "extension types are not allowed"); // S4
    }
  }

  #need(from: number, count: number, at: number): number {
    if (count > this.#bytes.length - from) {
      refuse(at, `${count} announced, ${Math.max(0, this.#bytes.length - from)} bytes left`); // S2
    }
    return from + count;
  }

  #size(at: number, width: number): number {
    this.#need(at + 1, width, at);
    if (width === 1) return this.#view.getUint8(at + 1);
    return width === 2 ? this.#view.getUint16(at + 1) : this.#view.getUint32(at + 1);
  }

  #sized(at: number, width: number): number {
    return this.#need(at + 1 + width, this.#size(at, width), at);
  }

  #string(from: number, size: number, at: number): number {
    const end = this.#need(from, size, at);
    if (!isUtf8(this.#bytes, from, end)) refuse(at, "a string is not UTF-8"); // S5
    return end;
  }

  /** An array or map at `depth`, as in JSON: an empty one is a level too. */
  #enter(at: number, depth: number): void {
    if (depth >= this.#maxDepth) refuse(at, `nested deeper than ${this.#maxDepth} levels`); // S1
  }

  #array(from: number, count: number, at: number, depth: number): number {
    this.#enter(at, depth);
    this.#need(from, count, at);
    let next = from;
    for (let i = 0; i < count; i++) next = this.item(next, depth + 1);
    return next;
  }

  #map(from: number, count: number, at: number, depth: number): number {
    this.#enter(at, depth);
    this.#need(from, count * 2, at);
    let next = from;
    for (let i = 0; i < count; i++) {
      const end = this.#key(next, depth);
      next = this.item(end, depth + 1);
    }
    return next;
  }

  #key(at: number, depth: number): number {
    const head = this.#bytes[at];
    const text = head !== undefined && ((head & 0xe0) === 0xa0 || (head >= 0xd9 && head <= 0xdb));
    if (!text) refuse(at, "a map key is not a string"); // S3
    const end = this.item(at, depth);
    const from = end - PROTO.length;
    if (from > at && this.#isProto(from) && this.#headLength(at) === from - at) {
      refuse(at, `the key ${PROTO} is not allowed`); // S3
    }
    return end;
  }

  #headLength(at: number): number {
    const head = this.#bytes[at] as number;
    return head < 0xd9 ? 1 : 1 + (1 << (head - 0xd9));
  }

  #isProto(from: number): boolean {
    for (let i = 0; i < PROTO.length; i++) {
      if (this.#bytes[from + i] !== PROTO.charCodeAt(i)) return false;
    }
    return true;
  }

  #float(at: number, width: 4 | 8): number {
    const end = this.#need(at + 1, width, at);
    const value = width === 4 ? this.#view.getFloat32(at + 1) : this.#view.getFloat64(at + 1);
    if (!Number.isFinite(value)) refuse(at, "a number is not finite"); // S6
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      refuse(at, "an integer lies beyond 2^53"); // S6
    }
    return end;
  }

  #long(at: number, signed: boolean): number {
    const end = this.#need(at + 1, 8, at);
    const value = signed ? this.#view.getBigInt64(at + 1) : this.#view.getBigUint64(at + 1);
    if (!Number.isSafeInteger(Number(value))) refuse(at, "an integer lies beyond 2^53"); // S6
    return end;
  }
}
