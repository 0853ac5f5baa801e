import { isSynapError, isWellFormed } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeName, decodeQueryText, readTarget } from "./target.ts";

function decoded(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return isSynapError(error) ? error.code : `not a SynapError: ${String(error)}`;
  }
}

describe("the request target", () => {
  it.each([
    ["/", { path: "/", query: "", authority: null }],
    ["/a/../b?x=1?y", { path: "/a/../b", query: "x=1?y", authority: null }],
    ["//evil.com/x", { path: "//evil.com/x", query: "", authority: null }],
    ["http://localhost:1/a?b", { path: "/a", query: "b", authority: "localhost:1" }],
    ["HTTP://localhost", { path: "/", query: "", authority: "localhost" }],
    ["http://localhost?x=1", { path: "/", query: "x=1", authority: "localhost" }],
    ["*", { path: "*", query: "", authority: null }],
    ["localhost:80", null],
    ["ftp://localhost/a", null],
    ["", null],
  ])("%j is read as %j", (url, target) => {
    expect(readTarget(url)).toEqual(target);
  });
});

describe("names in it", () => {
  const refused = "INVALID_REQUEST";
  it.each([
    ["user:1", "user:1"],
    ["a/b", "a/b"],
    ["a%2Fb", "a/b"],
    ["a%2fb", "a/b"],
    ["..%2F..", "../.."],
    ["a+b", "a+b"],
    ["a%20b", "a b"],
    ["%C3%BC", "ü"],
    ["\u00c3\u00bc", refused], // raw UTF-8, a byte each
    ["%F0%9F%92%9A", "💚"],
    ["%00", "\0"],
    ["%2500", "%00"],
    ["%zz", refused],
    ["100%", refused],
    ["%4", refused],
    ["%E0%A4%A", refused],
    ["%C3", refused],
    ["%C0%80", refused], // overlong
    ["%ED%A0%80", refused], // a surrogate
    ["%F5%80%80%80", refused], // beyond Unicode
    ["\u00fc", refused], // Latin-1
    ["%u00fc", refused],
  ])("%j decodes to %j", (raw, expected) => {
    expect(decoded(() => decodeName(raw, "key"))).toBe(expected);
  });

  it("have spaces as + in the query", () => {
    expect(decodeQueryText("a+b%2B", "x")).toBe("a b+");
  });

  it("come back as they were, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        expect(decodeName(encodeURIComponent(name), "key")).toBe(name);
      }),
      { interruptAfterTimeLimit: 1_000 },
    );
  });

  it("are decoded or refused, whatever arrives", () => {
    const raw = fc.string({
      unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)),
    });
    const escapes = fc.string({ unit: fc.constantFrom("%", "0", "c", "3", "a", "F", "\u00e9") });
    fc.assert(
      fc.property(fc.oneof(raw, escapes), (text) => {
        const result = decoded(() => decodeName(text, "key"));
        expect(result).not.toContain("not a SynapError");
        expect(isWellFormed(result)).toBe(true);
      }),
      { interruptAfterTimeLimit: 1_000 },
    );
  });
});
