const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/i;

/** The milliseconds of a text such as `90`, `90s`, `1.5h` or `7d` (a bare number is seconds), or null. */
export function parseDurationMs(text: string): number | null {
  const match = DURATION.exec(text.trim());
  if (match === null) return null;
  const ms = Math.round(Number(match[1]) * (UNITS_MS[(match[2] ?? "").toLowerCase()] ?? 1_000));
  return Number.isSafeInteger(ms) ? ms : null;
}
