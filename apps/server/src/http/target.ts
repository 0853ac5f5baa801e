import { invalidRequest, type SynapError } from "@hivellm/synap-protocol";

/*
 * The request target (RFC 9112, section 3.2), read from the bytes of the request line: a WHATWG URL
 * would resolve `..`, turn `\` into `/` and let bad escapes pass.
 */

/** A request target in its parts; path and query are as they arrived. */
export interface Target {
  readonly path: string;
  /** Without the `?`; empty if there is none. */
  readonly query: string;
  /** The host and port of an absolute target. */
  readonly authority: string | null;
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** Splits a request target, or returns null if it has no known form. */
export function readTarget(url: string): Target | null {
  if (url.startsWith("/")) return split(url, null);
  if (url === "*") return { path: "*", query: "", authority: null };
  const match = ABSOLUTE.exec(url);
  if (match === null) return null;
  const rest = url.slice(match[0].length);
  return split(rest.startsWith("/") ? rest : `/${rest}`, match[1] ?? "");
}

function split(url: string, authority: string | null): Target {
  const mark = url.indexOf("?");
  return mark === -1
    ? { path: url, query: "", authority }
    : { path: url.slice(0, mark), query: url.slice(mark + 1), authority };
}

const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;
const ASCII = /^[\x20-\x7e]*$/;

/** Decodes a name of the path, once and strictly; `field` is what an error calls it. */
export function decodeName(raw: string, field: string): string {
  if (PLAIN.test(raw)) return raw;
  if (!ASCII.test(raw)) throw badEscape(raw, field); // Node's parser refuses it as well
  try {
    return decodeURIComponent(raw);
  } catch {
    throw badEscape(raw, field);
  }
}

/** Decodes a name or value of the query: as in the path, and `+` is a space. */
export function decodeQueryText(raw: string, field: string): string {
  return decodeName(raw.includes("+") ? raw.replaceAll("+", " ") : raw, field);
}

const SHOWN = 60;

function badEscape(raw: string, field: string): SynapError {
  const shown = raw.length <= SHOWN ? raw : `${raw.slice(0, SHOWN)}…`;
  return invalidRequest(`${JSON.stringify(shown)} is not percent-encoded UTF-8.`, {
    path: field,
    expected: "percent-encoded UTF-8, such as %20 for a space and %25 for a percent sign",
  });
}
