import { base64Encode, utf8Encode } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusal, run } from "../../test/calls.ts";
import { compareUtf8 } from "../../test/kv-model.ts";
import { openLab } from "../../test/lab.ts";
import { manualClock, type Session } from "../index.ts";

async function withKeys(keys: readonly string[], limits = {}): Promise<Session> {
  const session = openLab(limits).caller();
  for (const key of keys) await run(session, "kv.set", { key, value: 0 });
  return session;
}

/** All pages of a scan. */
async function pages(session: Session, prefix: string, count?: number): Promise<string[][]> {
  const all: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await run(session, "kv.scan", { prefix, cursor, count });
    all.push(page.keys);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

describe("kv.scan", () => {
  test("lists keys in the order of their UTF-8 bytes, whatever the pages", async () => {
    const names = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1, maxLength: 6 }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 10 }), async (keys, count) => {
        const session = await withKeys(keys);
        const all = await pages(session, "", count);
        expect(all.flat()).toEqual([...keys].sort(compareUtf8));
        expect(all.slice(0, -1).every((page) => page.length === count)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("holds 100 keys a page unless told otherwise", async () => {
    const session = await withKeys(Array.from({ length: 205 }, (_, i) => `k${1_000 + i}`));
    expect((await pages(session, "")).map((page) => page.length)).toEqual([100, 100, 5]);
  });

  test("lists what starts with the prefix, and the prefix itself", async () => {
    const session = await withKeys(["a", "a/", "a/b", "a/b/c", "a0", "b", "😀", "😀/x"]);
    expect(await pages(session, "a/", 1)).toEqual([["a/"], ["a/b"], ["a/b/c"]]);
    expect(await pages(session, "😀", 5)).toEqual([["😀", "😀/x"]]);
    expect(await pages(session, "c")).toEqual([[]]);
  });

  test("a page ends after the key that passes the page's bytes, and has at least one", async () => {
    const keys = Array.from({ length: 6 }, (_, i) => `${i}${"x".repeat(999)}`);
    const session = await withKeys(keys, { maxPageBytes: 1_500 });
    expect((await pages(session, "")).map((page) => page.length)).toEqual([2, 2, 2]);
  });

  test("a cursor stays good when its key goes, and after a restart", async () => {
    const session = await withKeys(["a", "b", "c", "d"]);
    const { cursor } = await run(session, "kv.scan", { count: 2 });
    await run(session, "kv.del", { keys: ["b"] });
    const next = { cursor: cursor ?? "none" };
    expect((await run(session, "kv.scan", next)).keys).toEqual(["c", "d"]);
    const other = await withKeys(["b", "bb", "e"]);
    expect((await run(other, "kv.scan", next)).keys).toEqual(["bb", "e"]);
  });

  test("a cursor from before the prefix begins at the prefix", async () => {
    const session = await withKeys(["a", "ab", "b1", "b2", "c"]);
    const { cursor } = await run(session, "kv.scan", { count: 1 });
    const page = await run(session, "kv.scan", { prefix: "b", cursor: cursor ?? "none" });
    expect(page).toEqual({ keys: ["b1", "b2"], cursor: null, has_more: false });
  });

  test("passes over a bounded number of expired keys, and goes on behind them", async () => {
    let jumped = 0;
    const manual = manualClock();
    const lab = openLab({}, { ...manual, wallMs: () => manual.wallMs() + jumped });
    const session = lab.caller();
    const entries = Array.from({ length: 2_500 }, (_, i) => ({
      key: `k${10_000 + i}`,
      value: i,
      ttl_ms: 10,
    }));
    await run(session, "kv.mset", { entries });
    await run(session, "kv.set", { key: "live", value: 1 });
    jumped = 10;
    const first = await run(session, "kv.scan", {});
    expect(first).toMatchObject({ keys: [], has_more: true });
    expect((await pages(session, "")).flat()).toEqual(["live"]);
  });

  test.each([
    "",
    "k1",
    "k2.YQ==",
    "k1.YQ",
    "k1.Y Q=",
    "k1.%%%%",
    `k1.${base64Encode(new Uint8Array([0xff]))}`,
    base64Encode(utf8Encode("a")),
  ])("refuses %j, which no page returned", async (cursor) => {
    const session = await withKeys(["a"]);
    expect(await refusal(run(session, "kv.scan", { cursor }))).toMatchObject({
      code: "INVALID_REQUEST",
      details: { path: "cursor" },
    });
  });

  test("takes the cursor of the longest key, also of one that base64 writes with + and /", async () => {
    const keys = ["\u{3ffff}".repeat(1_024), "~".repeat(4_096), "ÿþ?>~".repeat(100)];
    const session = await withKeys([...keys, "\u{10ffff}"]);
    const { cursor } = await run(session, "kv.scan", { count: 2 });
    expect(cursor).toMatch(/^k1\.[A-Za-z0-9_-]+=*$/); // nothing that a query would have to escape
    expect((await pages(session, "", 1)).flat()).toEqual([...keys, "\u{10ffff}"].sort(compareUtf8));
  });
});
