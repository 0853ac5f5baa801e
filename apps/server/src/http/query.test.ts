import { findCommand } from "@hivellm/synap-protocol/schema";
import { describe, expect, it } from "vitest";
import { fieldsOfQuery, readQuery } from "./query.ts";

const scan = findCommand("kv.scan")?.request.properties ?? {};
const del = findCommand("kv.del")?.request.properties ?? {};

describe("the query", () => {
  it.each([
    ["", []],
    ["&&", []],
    [
      "a=1&b",
      [
        ["a", "1"],
        ["b", ""],
      ],
    ],
    ["a=b=c", [["a", "b=c"]]],
    ["a+b=c%26d", [["a b", "c&d"]]],
    ["api_key=secret&a=1", [["a", "1"]]],
  ])("%j is read as %j", (raw, parameters) => {
    expect(readQuery(raw)).toEqual(parameters);
  });

  it.each([
    ["count=10&prefix=10", { count: 10, prefix: "10" }],
    ["count=1e3", { count: 1000 }],
    ["count=-1", { count: -1 }],
    ["count=0x10", { count: "0x10" }],
    ["count=", { count: "" }],
    ["count=ten", { count: "ten" }],
    ["unknown=1", { unknown: "1" }],
  ])("%j becomes the fields %j of kv.scan", (raw, fields) => {
    expect(fieldsOfQuery(readQuery(raw), scan)).toEqual(fields);
  });

  it("takes lists of names one by one, and lists of objects as JSON", () => {
    const raw = `keys=a&keys=b&if=${encodeURIComponent('[{"key":"k","version":1}]')}`;
    expect(fieldsOfQuery(readQuery(raw), del)).toEqual({
      keys: ["a", "b"],
      if: [{ key: "k", version: 1 }],
    });
  });

  it.each(["count=1&count=2", "__proto__=1", "prefix=%zz", "%zz=1"])("refuses %j", (raw) => {
    expect(() => fieldsOfQuery(readQuery(raw), scan)).toThrowError(
      expect.objectContaining({ code: "INVALID_REQUEST" }),
    );
  });
});
