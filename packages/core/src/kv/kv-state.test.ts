import { encodeValue } from "@hivellm/synap-protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NONE } from "../tables/handle.ts";
import type { KvEffect } from "./kv-effects.ts";
import { KvState } from "./kv-state.ts";

function put(key: string, more: { expires?: number; session?: string } = {}): KvEffect {
  const { expires = 0, session = null } = more;
  return { type: "kv.put", key, value: encodeValue(key, "json"), expires, session };
}

function gone(key: string, reason: "deleted" | "expired" | "rebound" = "deleted"): KvEffect {
  return { type: "kv.delete", key, reason, volatile: false };
}

describe("applying effects", () => {
  test("K1: a key's version is the seq of its last put; a new ttl does not change it", () => {
    const state = new KvState();
    state.apply(put("a"), 5);
    state.apply({ type: "kv.expiry", key: "a", expires: 9, volatile: false }, 6);
    expect(state.table.version.get(state.table.find("a"))).toBe(5);
    state.apply(put("a"), 7);
    expect(state.table.version.get(state.table.find("a"))).toBe(7);
  });

  test("K1: a put from the past is a bug, not a change", () => {
    const state = new KvState();
    state.apply(put("a"), 5);
    expect(() => state.apply(put("a"), 4)).toThrow(/Broken invariant: K1/);
    expect(state.table.version.get(state.table.find("a"))).toBe(5);
  });

  test.each<KvEffect>([
    gone("missing"),
    { type: "kv.expiry", key: "missing", expires: 1, volatile: false },
  ])("$type of a key that is not there is a bug, not a change", (effect) => {
    const state = new KvState();
    expect(() => state.apply(effect, 1)).toThrow(/Broken invariant/);
    expect(state.table.size).toBe(0);
  });

  test("says what watchers hear", () => {
    const state = new KvState();
    expect(state.apply(put("a", { expires: 9 }), 1)).toMatchObject({ op: "put", expires: 9 });
    expect(state.apply({ type: "kv.expiry", key: "a", expires: 3, volatile: false }, 2)).toBeNull();
    expect(state.apply(gone("a", "rebound"), 3)).toBeNull();
    state.apply(put("a"), 4);
    expect(state.apply(gone("a", "expired"), 5)).toMatchObject({ op: "expire", version: 5 });
    state.apply(put("a"), 6);
    expect(state.apply(gone("a"), 7)).toMatchObject({ op: "delete", value: null, version: 7 });
  });

  test("K2, K3: heap, owners, index and table agree after any effects", () => {
    const names = fc.constantFrom("a", "b", "c", "d", "e");
    const owners = fc.option(fc.constantFrom("one", "two"), { nil: undefined });
    const steps = fc.array(
      fc.record({
        key: names,
        does: fc.constantFrom("put", "put", "delete", "expiry"),
        expires: fc.constantFrom(0, 0, 5, 10),
        session: owners,
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const state = new KvState();
        const model = new Map<string, { expires: number; session: string | null }>();
        for (const [seq, { key, does, expires, session }] of all.entries()) {
          if (does === "put") {
            state.apply(put(key, { expires, session }), seq);
            model.set(key, { expires, session: session ?? null });
          } else if (model.has(key) && does === "delete") {
            state.apply(gone(key), seq);
            model.delete(key);
          } else if (model.has(key)) {
            state.apply({ type: "kv.expiry", key, expires, volatile: false }, seq);
            model.set(key, { session: model.get(key)?.session ?? null, expires });
          }
          const entries = [...model];
          expect(state.table.size).toBe(model.size);
          expect(state.expiry.size).toBe(entries.filter(([, e]) => e.expires !== 0).length); // K2
          expect(state.sessionKeys).toBe(entries.filter(([, e]) => e.session !== null).length); // K3
          for (const owner of ["one", "two"]) {
            const owned = entries.filter(([, e]) => e.session === owner).map(([name]) => name);
            expect([...state.keysOwnedBy(owner)].sort()).toEqual(owned.sort());
          }
        }
        const walked: string[] = [];
        state.index.walk("", false, (_, key) => walked.push(key) > 0);
        expect(walked).toEqual([...model.keys()].sort());
      }),
      { numRuns: 300 },
    );
  });

  test("a key is there up to its last millisecond", () => {
    const state = new KvState();
    state.apply(put("a", { expires: 100 }), 1);
    expect(state.findLive("a", 99)).not.toBe(NONE);
    expect(state.findLive("a", 100)).toBe(NONE);
    expect(state.findLive("b", 0)).toBe(NONE);
  });
});
