import { describe, expect, it } from "vitest";
import { formatByteSize, parseByteSize } from "./byte-size.ts";

describe("byte sizes", () => {
  it.each([
    ["0", 0],
    ["1024", 1024],
    ["1k", 1024],
    ["256mb", 256 * 1024 ** 2],
    ["256MiB", 256 * 1024 ** 2],
    ["1.5g", 1.5 * 1024 ** 3],
    [" 2 GB ", 2 * 1024 ** 3],
    ["3t", 3 * 1024 ** 4],
    ["", null],
    ["mb", null],
    ["-1", null],
    ["1x", null],
    ["1e9", null],
    ["0x10", null],
    ["99999999t", null],
  ])("reads %j as %s", (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1 KiB"],
    [2_607_179_366, "2.4 GiB"],
    [256 * 1024 ** 2, "256 MiB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });
});
