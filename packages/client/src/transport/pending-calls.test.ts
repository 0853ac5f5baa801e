import { wireCommand } from "@hivellm/synap-protocol";
import { expect, test } from "vitest";
import { Call } from "../calls/call.ts";
import { PendingCalls } from "./pending-calls.ts";
import type { Transport } from "./transport.ts";

const nowhere: Transport = { send: () => {}, forget: () => {}, close: async () => {} };
const spec = { command: wireCommand("kv.get"), result: () => undefined };

function callOf(id: number): Call {
  const call = new Call(
    nowhere,
    spec,
    {},
    undefined,
    () => {},
    () => {},
  );
  call.id = id;
  return call;
}

test("a call is found until it is deleted", () => {
  const pending = new PendingCalls();
  const call = callOf(7);
  pending.set(call);
  expect(pending.get(7)).toBe(call);
  expect(pending.get(7 + 2_048)).toBeUndefined();
  expect(pending.delete(7)).toBe(true);
  expect(pending.delete(7)).toBe(false);
  expect(pending.get(7)).toBeUndefined();
});

test("a call that waits while many others come and go is kept", () => {
  const pending = new PendingCalls();
  const slow = callOf(1);
  pending.set(slow);
  for (let id = 2; id < 10_000; id++) {
    pending.set(callOf(id));
    expect(pending.delete(id)).toBe(true);
  }
  expect(pending.get(1)).toBe(slow);
  expect(pending.lowest(10_000)).toBe(1);
  expect(pending.delete(1)).toBe(true);
  expect(pending.lowest(10_000)).toBe(10_000);
});

test("more calls at once than the ring has slots", () => {
  const pending = new PendingCalls();
  const calls = Array.from({ length: 5_000 }, (_, i) => callOf(i + 1));
  for (const call of calls) pending.set(call);
  expect(calls.every((call) => pending.get(call.id) === call)).toBe(true);
  expect(pending.all()).toEqual(calls);
  for (const call of calls.slice(0, 4_000)) pending.delete(call.id);
  expect(pending.lowest(5_001)).toBe(4_001);
  pending.clear();
  expect(pending.all()).toEqual([]);
});

test("a call that is set again stays where it is", () => {
  const pending = new PendingCalls();
  const call = callOf(3);
  pending.set(call);
  pending.set(call);
  expect(pending.all()).toEqual([call]);
});
