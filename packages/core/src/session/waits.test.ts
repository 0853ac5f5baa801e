import { isSynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { type WaitAnswer, Waits } from "./waits.ts";

/** Something that is waited for: the test settles it, and sees whether it was stopped. */
class Source {
  settle: (answer: WaitAnswer) => void = () => {};
  stops = 0;
  readonly answers: unknown[] = [];

  begin(waits: Waits, id: number | string): this {
    const waiting = {
      wait: (settle: (answer: WaitAnswer) => void) => {
        this.settle = settle;
        return () => {
          this.stops++;
        };
      },
    };
    waits.begin(id, waiting, (answer) =>
      this.answers.push(isSynapError(answer) ? answer.code : answer),
    );
    return this;
  }
}

describe("waits", () => {
  test("W1: an answer settles one and ends it", () => {
    const waits = new Waits(10);
    const source = new Source().begin(waits, 1);
    expect(waits.size).toBe(1);
    source.settle({ a: 1 });
    expect(source.answers).toEqual([{ a: 1 }]);
    expect(waits.size).toBe(0);
    waits.cancel(1);
    waits.endAll("the end");
    expect([source.answers.length, source.stops]).toEqual([1, 0]);
  });

  test("W2: a cancel settles one as CANCELLED, and stops it first", () => {
    const waits = new Waits(10);
    const [one, other] = [new Source().begin(waits, "a"), new Source().begin(waits, 2)];
    waits.cancel("a");
    waits.cancel("a");
    waits.cancel(9);
    expect([one.answers, one.stops]).toEqual([["CANCELLED"], 1]);
    expect([other.answers, other.stops, waits.size]).toEqual([[], 0, 1]);
  });

  test("the session's end settles and stops all of them", () => {
    const waits = new Waits(10);
    const sources = [1, 2, 3].map((id) => new Source().begin(waits, id));
    waits.endAll("the test ends it");
    for (const { answers, stops } of sources) {
      expect([answers, stops]).toEqual([["CONNECTION_LOST"], 1]);
    }
    expect(waits.size).toBe(0);
  });

  test("one that is answered at once was never waiting", () => {
    const waits = new Waits(10);
    const answers: unknown[] = [];
    const atOnce = {
      wait: (settle: (answer: object) => void) => {
        settle({ now: true });
        return () => {};
      },
    };
    waits.begin(1, atOnce, (answer) => answers.push(answer));
    expect([answers, waits.size]).toEqual([[{ now: true }], 0]);
    new Source().begin(waits, 1);
    expect(waits.size).toBe(1);
  });

  test("an id that still waits cannot wait twice; the first is not disturbed", () => {
    const waits = new Waits(10);
    const first = new Source().begin(waits, 1);
    const second = new Source().begin(waits, 1);
    expect(second.answers).toEqual(["INVALID_REQUEST"]);
    first.settle({ a: 1 });
    expect(first.answers).toEqual([{ a: 1 }]);
    new Source().begin(waits, 1);
    expect(waits.size).toBe(1);
  });

  test("over the limit one is refused; one that ends makes room", () => {
    const waits = new Waits(2);
    const [one] = [1, 2].map((id) => new Source().begin(waits, id));
    expect(new Source().begin(waits, 3).answers).toEqual(["OVERLOADED"]);
    one?.settle({});
    expect(new Source().begin(waits, 3).answers).toEqual([]);
    expect(waits.size).toBe(2);
  });

  test("an answer may begin the next wait, under the same id", () => {
    const waits = new Waits(1);
    const next = new Source();
    const first = new Source();
    waits.begin(
      1,
      {
        wait: (settle) => {
          first.settle = settle;
          return () => {};
        },
      },
      () => next.begin(waits, 1),
    );
    first.settle({});
    expect([next.answers, waits.size]).toEqual([[], 1]);
  });
});
