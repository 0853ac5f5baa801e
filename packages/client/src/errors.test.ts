import { ERROR_CODES, SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test, vi } from "vitest";
import * as errors from "./errors.ts";

const CLASSES: Record<string, string> = {
  KEY_NOT_FOUND: "KeyNotFoundError",
  QUEUE_NOT_FOUND: "QueueNotFoundError",
  ROOM_NOT_FOUND: "RoomNotFoundError",
  RATE_LIMITED: "RateLimitError",
  CONNECTION_LOST: "ConnectionError",
  TIMEOUT: "TimeoutError",
  INVALID_REQUEST: "ValidationError",
  UNAUTHORIZED: "AuthError",
  FORBIDDEN: "AuthError",
};

const classNames = [...new Set(Object.values(CLASSES))];
const classNamed = (copy: object, name: string) =>
  (copy as Record<string, typeof SynapError>)[name];

describe("each code has its class", () => {
  test.each(ERROR_CODES)("%s", (code) => {
    const error = errors.makeError(code, "message");
    expect(error).toBeInstanceOf(SynapError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(CLASSES[code] ?? "SynapError");
    expect(error.code).toBe(code);
    const matching = classNames.filter(
      (name) => error instanceof (classNamed(errors, name) as never),
    );
    expect(matching).toEqual(CLASSES[code] === undefined ? [] : [CLASSES[code]]);
  });
});

test("instanceof holds across copies of this package, both ways", async () => {
  vi.resetModules();
  const other = await import("./errors.ts");
  const { SynapError: OtherBase } = await import("@hivellm/synap-protocol");
  expect(other.KeyNotFoundError).not.toBe(errors.KeyNotFoundError);
  const mine = errors.makeError("KEY_NOT_FOUND", "gone");
  const theirs = other.makeError("KEY_NOT_FOUND", "gone");
  expect(theirs).toBeInstanceOf(errors.KeyNotFoundError);
  expect(mine).toBeInstanceOf(other.KeyNotFoundError);
  expect(theirs).toBeInstanceOf(SynapError);
  expect(mine).toBeInstanceOf(OtherBase);
  expect(theirs).not.toBeInstanceOf(errors.TimeoutError);
});

describe("from the wire", () => {
  test("the names of details are those of this library", () => {
    const error = errors.errorFromWire(
      { code: "RATE_LIMITED", message: "slow down", details: { retry_after: 3 } },
      7,
    );
    expect(error).toBeInstanceOf(errors.RateLimitError);
    expect(error).toMatchObject({ details: { retryAfter: 3 }, requestId: 7, status: 429 });
  });

  test("a code of a newer server is kept in the details", () => {
    const error = errors.errorFromWire({ code: "BRAND_NEW", message: "what?" });
    expect(error).toMatchObject({ code: "INTERNAL", details: { serverCode: "BRAND_NEW" } });
    expect(error.message).toContain("BRAND_NEW");
  });
});

test("an error from deeper down gets its class", () => {
  const thrown = new SynapError("INVALID_REQUEST", "no", { details: { path: "value" } });
  const error = errors.asClientError(thrown);
  expect(error).toMatchObject({ name: "ValidationError", details: { path: "value" } });
  const foreign = new TypeError("mine");
  expect(errors.asClientError(foreign)).toBe(foreign);
});
