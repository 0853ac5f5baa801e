import { isIP } from "node:net";

/*
 * Which names and addresses mean this machine. Browsers resolve `localhost` and `*.localhost` to
 * loopback themselves (RFC 6761), so no foreign DNS server can point them elsewhere.
 */

const LOOPBACK_NAME = /^(?:[a-z0-9_-]+\.)*localhost$/;
const LOOPBACK_V4 = /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** Whether a lower-case host name or address (IPv6 with or without brackets) is loopback. */
export function isLoopbackHost(host: string): boolean {
  const bare = withoutBrackets(host);
  return LOOPBACK_NAME.test(bare) || LOOPBACK_V4.test(bare) || bare === "::1";
}

/** Whether a host is an address and not a name. */
export function isAddress(host: string): boolean {
  return isIP(withoutBrackets(host)) !== 0;
}

/** `[::1]` becomes `::1`; all else stays. */
export function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** A host as it stands in a URL: IPv6 addresses get brackets. */
export function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::(\d{0,5}))?$/;

/** The lower-case host of a Host header or authority without its port, or null if it is none. */
export function hostOfAuthority(authority: string): string | null {
  const match = AUTHORITY.exec(authority.toLowerCase());
  if (match === null || Number(match[2] ?? 0) > 65_535) return null;
  return match[1] ?? null;
}

const ORIGIN = /^https?:\/\/([^/?#@:]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Whether an Origin header is that of a page served by this machine, on any port. */
export function isLoopbackOrigin(origin: string): boolean {
  const host = ORIGIN.exec(origin)?.[1];
  return host !== undefined && isLoopbackHost(host.toLowerCase());
}
