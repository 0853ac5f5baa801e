import { invalidRequest, MAX_TTL_MS, nearestName, type SynapError } from "@hivellm/synap-protocol";
import { parseByteSize } from "./byte-size.ts";
import { parseDurationMs } from "./duration.ts";

/*
 * Reads settings that come as text, from the environment or the command line. `name` is what the
 * error calls the setting: its variable or its option.
 */

/** A TCP port; 0 takes a free one. */
export function readPort(text: string, name: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw wrongSetting(text, name, "a port from 0 to 65535");
}

/** A number of bytes such as `256mb`, or `none`. */
export function readMemory(text: string, name: string): number | null {
  if (text.toLowerCase() === "none") return null;
  const bytes = parseByteSize(text);
  if (bytes !== null && bytes > 0) return bytes;
  throw wrongSetting(text, name, "a number of bytes such as 256mb or 2gb, or none");
}

/** A whole number from 1 on. */
export function readCount(text: string, name: string): number {
  if (/^\d{1,16}$/.test(text) && Number(text) > 0 && Number.isSafeInteger(Number(text))) {
    return Number(text);
  }
  throw wrongSetting(text, name, "a whole number above 0");
}

/** A duration above 0 such as `30s`, in milliseconds. */
export function readDuration(text: string, name: string): number {
  const ms = parseDurationMs(text);
  if (ms !== null && ms > 0 && ms <= MAX_TTL_MS) return ms;
  throw wrongSetting(text, name, "a duration such as 30s, 12h or 7d");
}

/** A duration, or `none`. */
export function readDurationOrNone(text: string, name: string): number | null {
  if (text.toLowerCase() === "none") return null;
  const ms = parseDurationMs(text);
  if (ms !== null && ms > 0 && ms <= MAX_TTL_MS) return ms;
  throw wrongSetting(text, name, "a duration such as 30s, 12h or 7d, or none");
}

/** One of a few words. */
export function readOneOf<const T extends string>(
  text: string,
  words: readonly T[],
  name: string,
): T {
  const found = words.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  const nearest = nearestName(text, words);
  const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
  throw wrongSetting(text, name, `one of ${words.join(", ")}${hint}`);
}

/** Yes or no. */
export function readFlag(text: string, name: string): boolean {
  const word = readOneOf(text, ["true", "1", "yes", "false", "0", "no"], name);
  return word === "true" || word === "1" || word === "yes";
}

/** Several words, separated by commas or spaces. */
export function readList(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** An origin as browsers send it; `null` is that of pages from disk. */
export function readOrigin(text: string, name: string): string {
  if (text === "null") return text;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && url.pathname === "/" && url.search === "" && url.hash === "";
  if (isOrigin && (url.protocol === "http:" || url.protocol === "https:")) return url.origin;
  throw wrongSetting(text, name, "an origin such as https://app.example.com");
}

/** The error for a setting that cannot be used. */
export function wrongSetting(given: unknown, name: string, expected: string): SynapError {
  const shown = typeof given === "string" ? JSON.stringify(given.slice(0, 100)) : String(given);
  return invalidRequest(`${name} is ${shown}; it must be ${expected}.`, { path: name, expected });
}
