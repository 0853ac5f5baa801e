/*
 * Receipts and ids as texts. A message's id is a number of the one sequence; the receipt of its
 * very first delivery is the id itself, that of any later one `<id>~<seq of the delivery>`.
 *
 * Written out digit by digit: every publish, delivery and ack makes or reads one, and numbers of
 * this size take the general routines several times as long.
 */

const SEPARATOR = "~";
const MAX_DIGITS = 16;
const DIGIT_ZERO = 48;

const FOUR_DIGITS = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, "0"));

/** What a receipt says; `delivery` is 0 for the message's first one. */
export interface Receipt {
  readonly id: number;
  readonly delivery: number;
}

/** A receipt as numbers. Null if the text is none. */
export function readReceipt(text: string): Receipt | null {
  const at = text.indexOf(SEPARATOR);
  const id = readNumber(text, 0, at === -1 ? text.length : at);
  if (id === 0) return null;
  if (at === -1) return { id, delivery: 0 };
  const delivery = readNumber(text, at + 1, text.length);
  return delivery === 0 ? null : { id, delivery };
}

/** The receipt of a delivery of the message that has this id. */
export function writeReceipt(id: string, delivery: number): string {
  return delivery === 0 ? id : id + SEPARATOR + writeId(delivery);
}

/** A message's id as a number, or null if the text is none. */
export function readMessageId(text: string): number | null {
  const id = readNumber(text, 0, text.length);
  return id === 0 ? null : id;
}

export function writeId(id: number): string {
  const high = Math.floor(id / 1e8);
  if (high === 0) return String(id);
  const low = id - high * 1e8;
  const middle = Math.floor(low / 1e4);
  return high + (FOUR_DIGITS[middle] as string) + (FOUR_DIGITS[low - middle * 1e4] as string);
}

/** The positive integer that is written here as `writeId` writes it, or 0. */
function readNumber(text: string, from: number, to: number): number {
  if (to - from > MAX_DIGITS || text.charCodeAt(from) === DIGIT_ZERO) return 0;
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return 0;
    number = number * 10 + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : 0;
}
