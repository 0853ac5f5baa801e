import { invalidRequest } from "./errors.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text. */
export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes a text's UTF-8 bytes into `target` from `at`; the caller has made room. */
export function utf8EncodeInto(text: string, target: Uint8Array, at: number): number {
  return encoder.encodeInto(text, at === 0 ? target : target.subarray(at)).written;
}

/** The text of UTF-8 bytes; throws INVALID_REQUEST if they are not UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw invalidRequest("A text is not valid UTF-8.", { expected: "UTF-8", cause: String(cause) });
  }
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

/** Whether `bytes[start..end)` is valid UTF-8; plain ASCII is decided without a decoder. */
export function isUtf8(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let i = start;
  while (i < end && (bytes[i] as number) < 0x80) i++;
  if (i === end) return true;
  try {
    decoder.decode(bytes.subarray(i, end));
    return true;
  } catch {
    return false;
  }
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const SURROGATE = /[\ud800-\udfff]/;

/** Whether a text has no lone surrogate, so that it survives UTF-8. */
export function isWellFormed(text: string): boolean {
  return !SURROGATE.test(text) || !LONE_SURROGATE.test(text);
}

/** With a length of whole fours, this is base64; no group repeats, so no length overflows a stack. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BINARY_CHUNK = 8_192;

/** Bytes as base64 (RFC 4648, section 4, with padding). */
export function base64Encode(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += BINARY_CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(i, i + BINARY_CHUNK));
  }
  return btoa(binary);
}

/** The bytes of a base64 text, or null if it is not strict base64. */
export function base64Decode(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return null;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
