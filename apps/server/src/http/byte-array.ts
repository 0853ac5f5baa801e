const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ZERO = 0x30;

/** What a byte takes at most: three digits and a comma. */
const MAX_BYTES_PER_BYTE = 4;

/**
 * Bytes as the text of a JSON array of integers, such as `[104,105]`. Written digit by digit: a
 * megabyte must not hold up others, which `join` and `JSON.stringify` would.
 */
export function bytesToJsonArray(bytes: Uint8Array): string {
  const text = Buffer.allocUnsafe(bytes.length * MAX_BYTES_PER_BYTE + 2);
  text[0] = OPEN;
  let at = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (i > 0) text[at++] = COMMA;
    if (byte >= 100) text[at++] = ZERO + ((byte / 100) | 0);
    if (byte >= 10) text[at++] = ZERO + (((byte / 10) | 0) % 10);
    text[at++] = ZERO + (byte % 10);
  }
  text[at++] = CLOSE;
  return text.toString("latin1", 0, at);
}
