import { describe, expect, it } from "vitest";
import { bytesToJsonArray } from "./byte-array.ts";

describe("bytes as a JSON array", () => {
  it.each([
    [[], "[]"],
    [[0], "[0]"],
    [[9, 10, 99, 100, 109, 199, 200, 255], "[9,10,99,100,109,199,200,255]"],
  ])("%j is %s", (bytes, text) => {
    expect(bytesToJsonArray(new Uint8Array(bytes))).toBe(text);
  });

  it("says every byte", () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(JSON.parse(bytesToJsonArray(all))).toEqual([...all]);
  });
});
