import { describe, expect, test } from "vitest";
import { delivery } from "../../test/fake-answers.ts";
import { Delivery } from "./delivery.ts";
import { InHand } from "./in-hand.ts";

const first = new Delivery(delivery("1"));
const second = new Delivery(delivery("1", { message_id: "1~9" }));

describe("a delivery", () => {
  test("shows what users see, and no receipt", () => {
    expect(Object.keys(second)).toEqual([
      "messageId",
      "message",
      "priority",
      "retryCount",
      "maxRetries",
      "headers",
      "timestamp",
      "deadline",
    ]);
    expect(JSON.stringify(second)).not.toContain("1~9");
  });
});

describe("I1 what was pushed", () => {
  test("is found by its id and by itself until it is settled", () => {
    const inHand = new InHand<string>();
    expect(inHand.pushed("q", second, "taker")).toBeUndefined();
    expect(inHand.find("q", "1")).toMatchObject({ receipt: "1~9", held: { holder: "taker" } });
    expect(inHand.find("q", { ...second }).receipt).toBe("1~9");
    expect(inHand.holds("q", second)).toBe(true);
    expect(inHand.holds("other", second)).toBe(false);
    const found = inHand.find("q", second);
    expect(inHand.settled(found)?.holder).toBe("taker");
    expect(inHand.settled(found)).toBeUndefined();
    expect(inHand.find("q", "1")).toEqual({ key: "q\n1", receipt: "1", held: undefined });
  });

  test("an earlier delivery is not the one in hand any more", () => {
    const inHand = new InHand<string>();
    inHand.pushed("q", first, "one");
    expect(inHand.pushed("q", second, "two")).toMatchObject({ holder: "one", delivery: first });
    expect(inHand.holds("q", first)).toBe(false);
    const stale = inHand.find("q", first);
    expect(stale).toMatchObject({ receipt: "1", held: undefined });
    expect(inHand.settled(stale)).toBeUndefined();
    expect(inHand.holds("q", second)).toBe(true);
  });

  test("of a lost connection is taken out, what came by the next one stays", () => {
    const inHand = new InHand<string>();
    inHand.pushed("q", first, "one");
    expect(inHand.orphan()).toBe(1);
    const other = new Delivery(delivery("2"));
    inHand.pushed("q", other, "two");
    expect(inHand.takeOut("orphans").map(({ holder }) => holder)).toEqual(["one"]);
    expect(inHand.holds("q", other)).toBe(true);
    expect(inHand.takeOut("all").map(({ holder }) => holder)).toEqual(["two"]);
  });
});

test("the oldest delivery of somebody can be forgotten", () => {
  const inHand = new InHand<string>();
  const [one, two, three] = ["1", "2", "3"].map((id) => new Delivery(delivery(id)));
  if (!one || !two || !three) throw new TypeError("three were made");
  inHand.pushed("q", one, "other");
  inHand.pushed("q", two, "taker");
  inHand.pushed("q", three, "taker");
  expect(inHand.forgetOldest("taker")).toBe(true);
  expect([one, two, three].map((each) => inHand.holds("q", each))).toEqual([true, false, true]);
  expect(inHand.forgetOldest("nobody")).toBe(false);
});

describe("I2 what was consumed", () => {
  test("is known by the receipt of its newest delivery", () => {
    const inHand = new InHand<string>();
    inHand.consumed("q", second);
    expect(inHand.find("q", "1")).toEqual({ key: "q\n1", receipt: "1~9", held: undefined });
    inHand.settled(inHand.find("q", "1"));
    expect(inHand.find("q", "1").receipt).toBe("1");
    inHand.consumed("q", second);
    inHand.consumed("q", first); // a queue that was deleted and came back
    expect(inHand.find("q", "1").receipt).toBe("1");
  });

  test("at most so many receipts are remembered: the newest", () => {
    const inHand = new InHand<string>();
    for (let i = 1; i <= 10_001; i++) {
      inHand.consumed("q", new Delivery(delivery(`${i}`, { message_id: `${i}~1` })));
    }
    expect(inHand.find("q", "1").receipt).toBe("1");
    expect(inHand.find("q", "2").receipt).toBe("2~1");
    expect(inHand.find("q", "10001").receipt).toBe("10001~1");
  });
});

test.each([null, undefined, 7, {}, { messageId: 7 }])("%j is no message", (ref) => {
  expect(() => new InHand().find("q", ref as never)).toThrow(
    expect.objectContaining({
      code: "INVALID_REQUEST",
      details: expect.objectContaining({ path: "delivery" }),
    }),
  );
});
