import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test } from "vitest";
import { failureOf, turns } from "../test/fake-platform.ts";
import { Mailbox, readAll } from "./mailbox.ts";

const boom = new SynapError("FORBIDDEN", "no");

describe("B1 items are taken in the order they came, each once", () => {
  test("however many there are", () => {
    const mailbox = new Mailbox<number>();
    const taken: (number | undefined)[] = [];
    for (let i = 0; i < 5_000; i++) {
      mailbox.put(i);
      if (i % 3 === 0) taken.push(mailbox.shift());
    }
    expect(mailbox.size).toBe(5_000 - taken.length);
    while (mailbox.size > 0) taken.push(mailbox.shift());
    expect(taken).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    expect(mailbox.shift()).toBeUndefined();
  });

  test("one can be taken out of its turn, what was taken is not there any more", () => {
    const mailbox = new Mailbox<string>();
    for (const item of ["a", "b", "a", "c"]) mailbox.put(item);
    expect(mailbox.shift()).toBe("a");
    mailbox.remove("b");
    mailbox.remove("x");
    mailbox.remove("a");
    expect(mailbox.clear()).toEqual(["c"]);
    expect(mailbox.size).toBe(0);
  });
});

describe("who waits", () => {
  test("is told when something comes", async () => {
    const mailbox = new Mailbox<number>();
    const filled = mailbox.filled();
    mailbox.put(1);
    expect(await filled).toBe(true);
    expect(await mailbox.filled()).toBe(true);
  });

  test("B2 and when nothing will: what is inside comes first", async () => {
    const mailbox = new Mailbox<number>();
    mailbox.put(1);
    mailbox.end(boom);
    mailbox.end();
    mailbox.put(2);
    expect(await mailbox.filled()).toBe(true);
    expect(mailbox.shift()).toBe(1);
    expect(await failureOf(mailbox.filled())).toBe(boom);
  });
});

describe("a loop", () => {
  function reader(mailbox: Mailbox<number>) {
    const left: string[] = [];
    return {
      mailbox,
      left,
      fill: () => mailbox.filled(),
      leave: async () => void left.push("left"),
    };
  }

  test("leaves when it breaks", async () => {
    const read = reader(new Mailbox());
    read.mailbox.put(1);
    for await (const item of readAll(read, undefined)) if (item === 1) break;
    expect(read.left).toEqual(["left"]);
  });

  test("fails with what ended the mailbox, and leaves", async () => {
    const read = reader(new Mailbox());
    read.mailbox.end(boom);
    expect(await failureOf(readAll(read, undefined).next())).toBe(boom);
    expect(read.left).toEqual(["left"]);
  });

  test("ends with its signal, whatever is unread", async () => {
    const abort = new AbortController();
    const read = reader(new Mailbox());
    const items = readAll(read, abort.signal);
    const first = items.next();
    await turns();
    read.mailbox.put(1);
    read.mailbox.put(2);
    expect(await first).toEqual({ value: 1, done: false });
    abort.abort();
    expect(await items.next()).toEqual({ value: undefined, done: true });
    expect(read.left).toEqual(["left"]);
  });
});
