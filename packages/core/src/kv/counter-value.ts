import { decodeValue, encodeValue, TAG_STRING, type TaggedValue } from "@hivellm/synap-protocol";

/*
 * Values that can be counted: an integer within 2^53, or a string that holds one in its shortest
 * decimal form or with leading zeros or a plus sign, as people write them.
 */
const DECIMAL = /^[+-]?\d{1,16}$/;
const MAX_COUNTER_BYTES = 32;

/** The integer that a value stands for, or null. */
export function readCounter(value: TaggedValue): number | null {
  if (value.length > MAX_COUNTER_BYTES) return null;
  const decoded = decodeValue(value);
  if (typeof decoded === "string") {
    const count = DECIMAL.test(decoded) ? Number(decoded) : Number.NaN;
    return Number.isSafeInteger(count) ? count : null;
  }
  return typeof decoded === "number" && Number.isSafeInteger(decoded) ? decoded : null;
}

/** The new count in the form that the old value had: a string stays a string. */
export function writeCounter(count: number, before: TaggedValue | null): TaggedValue {
  return encodeValue(before?.[0] === TAG_STRING ? String(count) : count, "json");
}
