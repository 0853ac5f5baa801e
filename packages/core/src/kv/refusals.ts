import { SynapError } from "@hivellm/synap-protocol";

export function checkOneTtl(
  entry: { ttl?: number; ttl_ms?: number },
  i: number,
): SynapError | null {
  if (entry.ttl === undefined || entry.ttl_ms === undefined) return null;
  return new SynapError("INVALID_REQUEST", `entries[${i}] takes only one of ttl and ttl_ms.`, {
    details: { path: `entries[${i}].ttl_ms`, expected: "at most one of ttl, ttl_ms" },
  });
}

export function keyNotFound(key: string): SynapError {
  return new SynapError("KEY_NOT_FOUND", `The key ${show(key)} does not exist.`, {
    details: { key },
  });
}

export function versionMismatch(key: string, expected: number, actual: number): SynapError {
  const is = actual === 0 ? "does not exist" : `has version ${actual}`;
  const wanted = expected === 0 ? "not to exist" : `version ${expected}`;
  return new SynapError("VERSION_MISMATCH", `The key ${show(key)} ${is}, expected was ${wanted}.`, {
    details: { key, expected, actual },
  });
}

export function notANumber(key: string): SynapError {
  return new SynapError("NOT_A_NUMBER", `The value of ${show(key)} is not an integer.`, {
    details: { key, expected: "an integer, or a string that holds one" },
  });
}

export function outOfRange(key: string, actual: number): SynapError {
  return new SynapError("OUT_OF_RANGE", `Counting ${show(key)} on from ${actual} leaves 2^53.`, {
    details: { key, actual },
  });
}

export function needsTtl(): SynapError {
  return new SynapError("INVALID_REQUEST", "kv.expire needs ttl or ttl_ms.", {
    details: { path: "ttl", expected: "ttl in seconds or ttl_ms in milliseconds" },
  });
}

const SHOWN = 100;

function show(key: string): string {
  return JSON.stringify(key.length <= SHOWN ? key : `${key.slice(0, SHOWN)}…`);
}
