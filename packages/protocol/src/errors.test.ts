import { describe, expect, test, vi } from "vitest";
import {
  ERROR_CODES,
  ERRORS,
  type ErrorCode,
  invalidRequest,
  isErrorCode,
  isSynapError,
  SynapError,
  toWireError,
} from "./errors.ts";

/** A second copy of the module, as a program has it that loads the ESM and the CommonJS build. */
async function secondCopy(): Promise<typeof import("./errors.ts")> {
  vi.resetModules();
  return import("./errors.ts");
}

describe("the registry", () => {
  test("codes are shouted, statuses are those of HTTP errors", () => {
    for (const code of ERROR_CODES) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(ERRORS[code].status).toBeGreaterThanOrEqual(400);
      expect(ERRORS[code].status).toBeLessThan(600);
    }
  });

  test("codes stand in the order of their status", () => {
    const statuses = ERROR_CODES.map((code) => ERRORS[code].status);
    expect(statuses).toEqual([...statuses].sort((a, b) => a - b));
  });

  test("a retry can help where the server or its load is at fault, never where the request is", () => {
    const wrong = ERROR_CODES.filter((code) => {
      const { status, retryable } = ERRORS[code];
      if (status === 429 || status === 503 || status === 504) return !retryable;
      return status < 409 && retryable;
    });
    expect(wrong).toEqual([]);
    expect(ERRORS.OUTCOME_UNKNOWN.retryable).toBe(false);
    expect(ERRORS.INTERNAL.retryable).toBe(false);
  });

  test.each(["toString", "constructor", "__proto__", "key_not_found", "", "KEY"])(
    "%j is no code",
    (text) => {
      expect(isErrorCode(text)).toBe(false);
    },
  );

  test("every code is one", () => {
    expect(ERROR_CODES.every(isErrorCode)).toBe(true);
  });
});

describe("an error", () => {
  test("carries what the registry says of its code", () => {
    const cause = new TypeError("why");
    const details = { key: "a" };
    const error = new SynapError("QUEUE_FULL", "The queue is full.", {
      details,
      requestId: 7,
      cause,
    });
    expect(error).toMatchObject({
      name: "SynapError",
      code: "QUEUE_FULL",
      message: "The queue is full.",
      status: 429,
      retryable: true,
      details,
      requestId: 7,
      cause,
    });
    expect(error).toBeInstanceOf(Error);
  });

  test("has empty details and no cause unless given", () => {
    const error = new SynapError("TIMEOUT", "late");
    expect(error.details).toEqual({});
    expect(Object.hasOwn(error, "cause")).toBe(false);
    expect(error.requestId).toBeUndefined();
  });

  test("shows its brand to nobody who lists its members", () => {
    const error = invalidRequest("no");
    expect(Object.getOwnPropertySymbols({ ...error })).toEqual([]);
    expect(JSON.stringify(error)).not.toContain("brand");
  });
});

describe("the brand", () => {
  test("holds across two copies of the module, both ways", async () => {
    const second = await secondCopy();
    expect(second.SynapError).not.toBe(SynapError);
    const [ours, theirs] = [invalidRequest("ours"), second.invalidRequest("theirs")];
    expect(theirs).toBeInstanceOf(SynapError);
    expect(ours).toBeInstanceOf(second.SynapError);
    expect(isSynapError(theirs)).toBe(true);
    expect(second.isSynapError(ours)).toBe(true);
    expect(toWireError(theirs)).toEqual({ code: "INVALID_REQUEST", message: "theirs" });
  });

  test("tells classes by code, also of the other copy", async () => {
    const second = await secondCopy();
    class NotFound extends SynapError {
      static readonly codes: readonly ErrorCode[] = ["KEY_NOT_FOUND", "QUEUE_NOT_FOUND"];
    }
    expect(new SynapError("KEY_NOT_FOUND", "")).toBeInstanceOf(NotFound);
    expect(new second.SynapError("QUEUE_NOT_FOUND", "")).toBeInstanceOf(NotFound);
    expect(new SynapError("TIMEOUT", "")).not.toBeInstanceOf(NotFound);
    expect(new NotFound("KEY_NOT_FOUND", "")).toBeInstanceOf(SynapError);
  });

  test.each([
    ["nothing", null],
    ["undefined", undefined],
    ["a text", "KEY_NOT_FOUND"],
    ["an error of someone else", new Error("KEY_NOT_FOUND")],
    ["an error that only bears the name", Object.assign(new Error(), { name: "SynapError" })],
    ["an object that looks like one", { name: "SynapError", code: "TIMEOUT", message: "" }],
  ])("is not on %s", (_, value) => {
    expect(isSynapError(value)).toBe(false);
    expect(value).not.toBeInstanceOf(SynapError);
  });
});

describe("the wire form", () => {
  test("leaves empty details out", () => {
    expect(toWireError(new SynapError("TIMEOUT", "late"))).toEqual({
      code: "TIMEOUT",
      message: "late",
    });
    expect(toWireError(invalidRequest("no", { path: "key" }))).toEqual({
      code: "INVALID_REQUEST",
      message: "no",
      details: { path: "key" },
    });
  });

  test("of what nobody foresaw is INTERNAL, without its text", () => {
    for (const error of [
      new Error("the password is 1234"),
      "thrown text",
      null,
      { code: "TIMEOUT" },
    ]) {
      expect(toWireError(error)).toEqual({
        code: "INTERNAL",
        message: "The server failed while it ran this request.",
      });
    }
  });
});
