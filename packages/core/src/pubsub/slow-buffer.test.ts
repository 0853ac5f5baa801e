import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tagged } from "../../test/pubsub-lab.ts";
import { DEFAULT_LIMITS, type Limits } from "../index.ts";
import { type SharedPush, sharedPush } from "./shared-push.ts";
import { BufferedBytes, SlowBuffer } from "./slow-buffer.ts";

const ALL = Number.POSITIVE_INFINITY;

function message(seq: number, size = 1): SharedPush {
  const about = { type: "pubsub.message", topic: "t", metadata: null, timeMs: 1 } as const;
  return sharedPush({ ...about, message: tagged("x".repeat(size)) }, seq);
}

function bufferOf(limits: Partial<Limits> = {}, account = new BufferedBytes()): SlowBuffer {
  return new SlowBuffer({ ...DEFAULT_LIMITS, ...limits }, account);
}

function fill(buffer: SlowBuffer, ...messages: SharedPush[]): void {
  for (const shared of messages) buffer.add(shared);
}

const seqs = (taken: { seq: number }[]): number[] => taken.map(({ seq }) => seq);

describe("the buffer of a slow subscriber", { timeout: 30_000 }, () => {
  test("B1, B2: keeps the newest within its bounds and counts the others", () => {
    const sizes = fc.array(fc.tuple(fc.nat(800), fc.boolean()), { maxLength: 80, size: "max" });
    fc.assert(
      fc.property(sizes, fc.nat(8), fc.nat(4_000), (all, maxMessages, maxBytes) => {
        const account = new BufferedBytes();
        const limits = { pubsubBufferMessages: maxMessages, pubsubBufferBytes: maxBytes };
        const buffer = bufferOf(limits, account);
        let model: SharedPush[] = [];
        let lost = 0;
        const bytes = (): number => model.reduce((sum, shared) => sum + shared.bytes, 0);
        for (const [i, [size, drains]] of all.entries()) {
          const shared = message(i, size);
          model.push(shared);
          let went = 0;
          while (model.length > maxMessages || bytes() > maxBytes) {
            model.shift();
            went++;
          }
          lost += went;
          expect(buffer.add(shared)).toBe(went);
          expect([buffer.size, buffer.lost]).toEqual([model.length, lost]);
          expect(account.bytes).toBe(bytes() + 16 * model.length);
          if (!drains) continue;
          expect(seqs(buffer.take(ALL))).toEqual(seqs(model));
          expect([buffer.isEmpty, account.bytes]).toEqual([true, 0]);
          model = [];
          lost = 0;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("gives out pages: up to the message that passes the bytes, at least one", () => {
    const buffer = bufferOf();
    fill(buffer, message(1, 1_000), message(2, 1_000), message(3, 1_000));
    expect(seqs(buffer.take(1))).toEqual([1]);
    expect(seqs(buffer.take(2_000))).toEqual([2, 3]);
    expect(buffer.isEmpty).toBe(true);
  });

  test("is not empty while a gap must be told", () => {
    const buffer = bufferOf({ pubsubBufferMessages: 0 });
    fill(buffer, message(1));
    expect([buffer.size, buffer.lost, buffer.isEmpty]).toEqual([0, 1, false]);
    buffer.take(ALL);
    expect(buffer.isEmpty).toBe(true);
  });

  test("a message in several buffers is one copy and counts once", () => {
    const account = new BufferedBytes();
    const [one, two] = [bufferOf({}, account), bufferOf({}, account)];
    const shared = message(1, 1_000);
    fill(one, shared);
    const { bytes } = account;
    fill(two, shared);
    expect(account.bytes).toBe(bytes + 16);
    expect(one.take(ALL)[0]?.push).toBe(two.take(ALL)[0]?.push);
    expect(account.bytes).toBe(0);
  });

  test("what waits does not hold on to the frame that it came in", () => {
    const frame = new Uint8Array(100_000);
    frame.set(tagged("hello"), 500);
    const view = frame.subarray(500, 506);
    const about = { type: "pubsub.message", topic: "t", metadata: null, timeMs: 1 } as const;
    const shared = sharedPush({ ...about, message: view }, 1);
    const buffer = bufferOf();
    fill(buffer, shared);
    frame.fill(0);
    const kept = buffer.take(ALL)[0]?.push.fields.message as Uint8Array;
    expect(kept).toEqual(tagged("hello"));
    expect(kept.buffer.byteLength).toBe(6);
    expect(shared.push.fields.message).toBe(view);
  });

  test("takes over another one: in order, what both have once, what both lost added up", () => {
    const account = new BufferedBytes();
    const limits = { pubsubBufferMessages: 4 };
    const [one, two] = [bufferOf(limits, account), bufferOf(limits, account)];
    const both = message(5);
    fill(one, message(1), message(2), message(3), both, message(6)); // 1 goes
    fill(two, message(4), both, message(7));
    expect(one.merge(two)).toBe(2);
    expect(one.lost).toBe(3);
    expect(two.isEmpty).toBe(true);
    expect(seqs(one.take(ALL))).toEqual([4, 5, 6, 7]);
    expect(account.bytes).toBe(0);
  });

  test("B1: takes no place for what went long ago", () => {
    const account = new BufferedBytes();
    const buffer = bufferOf({ pubsubBufferMessages: 3 }, account);
    for (let i = 0; i < 5_000; i++) {
      fill(buffer, message(i));
      expect(buffer.places).toBeLessThan(1_100);
    }
    expect(buffer.lost).toBe(4_997);
    expect(seqs(buffer.take(ALL))).toEqual([4_997, 4_998, 4_999]);
  });
});
