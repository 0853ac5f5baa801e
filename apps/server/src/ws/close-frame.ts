/** The server stops, or has no more use for the connection (RFC 6455, section 7.4.1). */
export const GOING_AWAY = 1001;

const MAX_REASON_BYTES = 123;

/** A close frame holds 123 bytes of reason. */
export function shortReason(reason: string): string {
  return Buffer.byteLength(reason) <= MAX_REASON_BYTES ? reason : "";
}
