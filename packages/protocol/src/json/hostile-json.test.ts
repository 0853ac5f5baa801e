import { describe, expect, it } from "vitest";
import { isSynapError } from "../errors.ts";
import { decodeJsonFrame, parseJson } from "./frames.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
    return "no error";
  } catch (error) {
    return isSynapError(error) ? error.code : `not a SynapError: ${String(error)}`;
  }
}

const nested = (depth: number, inner = "1") => "[".repeat(depth) + inner + "]".repeat(depth);

describe("JSON from strangers", () => {
  it.each([
    ["brackets", nested(100_000)],
    ["braces", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["in a request id", `{"request_id":${nested(50_000)},"command":"kv.get"}`],
    ["in a type", `{"type":${nested(50_000)}}`],
  ])("refuses %s that nest too deep, without running out of stack", (_, text) => {
    expect(codeOf(() => decodeJsonFrame(text))).toBe("INVALID_REQUEST");
  });

  it("leaves a value of the full depth its envelope", () => {
    const value = nested(64);
    const set = `{"command":"kv.mset","payload":{"entries":[{"key":"k","value":${value}}]}}`;
    const frame = `[{"request_id":1,"command":"batch","payload":{"commands":[${set}]}}]`;
    expect(decodeJsonFrame(frame)[0]).toMatchObject({ kind: "request", id: 1 });
    expect(codeOf(() => parseJson(nested(73), "the body"))).toBe("INVALID_REQUEST");
  });

  it("refuses a payload that would replace its own prototype", () => {
    const frame =
      '{"request_id":1,"command":"kv.set","payload":{"__proto__":{"key":"k","value":1}}}';
    expect(decodeJsonFrame(frame)[0]).toMatchObject({ kind: "refused", id: 1 });
  });
});
