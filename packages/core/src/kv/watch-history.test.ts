import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { KvChange } from "./kv-state.ts";
import { WatchHistory } from "./watch-history.ts";

function change(version: number, key = "k", value: Uint8Array | null = null): KvChange {
  return { op: value === null ? "delete" : "put", key, value, version, expires: 0 };
}

function keyOf({ version, key }: KvChange): string {
  return `${version} ${key}`;
}

function history(events: number, bytes = 1_000_000): WatchHistory {
  const limits = { watchHistoryEvents: events, watchHistoryBytes: bytes };
  return new WatchHistory({ ...DEFAULT_LIMITS, ...limits });
}

describe("the history of changes", () => {
  test("W1: it holds every change after its floor, in order, within its bounds", () => {
    const changes = fc.array(
      fc.record({ same: fc.boolean(), size: fc.option(fc.nat(2_000)), key: fc.string() }),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 20 }), fc.nat(4_000), (all, events, bytes) => {
        const kept = history(events, bytes);
        kept.activate(100);
        const model: KvChange[] = [];
        let version = 100;
        for (const { same, size, key } of all) {
          if (!same || version === 100) version++;
          const value = size === null ? null : new Uint8Array(size).fill(size % 251);
          const given = change(version, key, value);
          model.push(given);
          kept.add(given);
          const after = model.filter((other) => other.version > kept.floor);
          expect(kept.after(kept.floor, 1_000).map(keyOf)).toEqual(after.map(keyOf));
          expect(after.length).toBeLessThanOrEqual(events);
          expect(kept.bytes).toBeLessThanOrEqual(bytes);
        }
        const after = model.filter((other) => other.version > kept.floor);
        expect(kept.after(kept.floor, 1_000)).toEqual(after);
      }),
      { numRuns: 200 },
    );
  });

  test("W1: it drops no more than it must", () => {
    const kept = history(3);
    kept.activate(0);
    for (let version = 1; version <= 5; version++) kept.add(change(version));
    expect(kept.floor).toBe(2);
    expect(kept.after(2, 10).map(({ version }) => version)).toEqual([3, 4, 5]);
    expect(kept.after(4, 10).map(({ version }) => version)).toEqual([5]);
    expect(kept.after(5, 10)).toEqual([]);
  });

  test("never gives half of a seq", () => {
    const kept = history(100);
    kept.activate(0);
    for (const version of [1, 2, 2, 2, 3, 4]) kept.add(change(version));
    expect(kept.after(0, 2).map(({ version }) => version)).toEqual([1, 2, 2, 2]);
    expect(kept.after(1, 1).map(({ version }) => version)).toEqual([2, 2, 2]);
    expect(kept.after(2, 1).map(({ version }) => version)).toEqual([3]);
  });

  test("dropping a part of a seq moves the floor over all of it", () => {
    const kept = history(2);
    kept.activate(0);
    for (const version of [1, 1, 1, 2]) kept.add(change(version));
    expect(kept.floor).toBe(1);
    expect(kept.after(kept.floor, 10).map(({ version }) => version)).toEqual([2]);
  });

  test("keeps a copy: what it was given may change", () => {
    const kept = history(10);
    kept.activate(0);
    const value = new Uint8Array([2, 49]);
    const returned = kept.add(change(1, "k", value));
    value.fill(0);
    expect([...(kept.after(0, 1)[0]?.value ?? [])]).toEqual([2, 49]);
    expect([...(returned.value ?? [])]).toEqual([2, 49]);
  });

  test("a change that is over the bound by itself is not kept, and the floor says so", () => {
    const kept = history(10, 500);
    kept.activate(0);
    kept.add(change(1));
    kept.add(change(2, "k", new Uint8Array(1_000)));
    expect(kept.floor).toBe(2);
    expect(kept.bytes).toBe(0);
  });

  test("takes at most a sixteenth of the memory, where that is limited", () => {
    const limits = { ...DEFAULT_LIMITS, maxMemoryBytes: 160_000, watchHistoryBytes: 100_000 };
    const kept = new WatchHistory(limits);
    kept.activate(0);
    for (let version = 1; version < 200; version++) kept.add(change(version, "k".repeat(100)));
    expect(kept.bytes).toBeLessThanOrEqual(10_000);
    expect(kept.bytes).toBeGreaterThan(9_000);
  });

  test("keeps nothing once it was deactivated, and begins anew after that", () => {
    const kept = history(10);
    kept.activate(0);
    kept.add(change(1));
    kept.deactivate();
    expect([kept.isActive, kept.bytes, kept.after(0, 10)]).toEqual([false, 0, []]);
    kept.activate(5);
    kept.add(change(6));
    expect([kept.floor, kept.after(5, 10).map(keyOf)]).toEqual([5, ["6 k"]]);
  });

  test("begins with the first watch, and is not begun again by the next", () => {
    const kept = history(10);
    expect(kept.isActive).toBe(false);
    kept.activate(5);
    kept.add(change(6));
    kept.activate(6);
    expect(kept.isActive).toBe(true);
    expect(kept.floor).toBe(5);
  });
});
