import { describe, expect, test } from "vitest";
import { StallingClock } from "../../test/stalling-clock.ts";
import { turns, waitFor } from "../../test/turns.ts";
import { Scheduler, type Worker } from "./scheduler.ts";

/** Has `slices` slices of work and notes each in `log`. */
class Slices implements Worker {
  slices: number;
  readonly #name: string;
  readonly #log: string[];

  constructor(name: string, slices: number, log: string[]) {
    this.#name = name;
    this.slices = slices;
    this.#log = log;
  }

  work(): boolean {
    if (this.slices === 0) return false;
    this.slices--;
    this.#log.push(this.#name);
    return this.slices > 0;
  }
}

function begin(): { scheduler: Scheduler; log: string[] } {
  const log: string[] = [];
  return { scheduler: new Scheduler(new StallingClock(), () => log.push("end")), log };
}

describe("the scheduler", () => {
  test("a worker has its first slice at once, the others one a turn", async () => {
    const { scheduler, log } = begin();
    scheduler.start(new Slices("a", 3, log));
    expect(log).toEqual(["a"]);
    await turns(4);
    expect(log).toEqual(["a", "a", "end", "a", "end"]);
  });

  test("T1: a worker with work left is not given more when it is started again", async () => {
    const { scheduler, log } = begin();
    const worker = new Slices("a", 3, log);
    scheduler.start(worker);
    scheduler.start(worker);
    scheduler.start(worker);
    expect(log).toEqual(["a"]);
    await turns(4);
    expect(log).toEqual(["a", "a", "end", "a", "end"]);
  });

  test("T1: workers take turns, so a long one holds up nobody", async () => {
    const { scheduler, log } = begin();
    scheduler.start(new Slices("long", 100, log));
    scheduler.start(new Slices("short", 2, log));
    await turns(3);
    expect(log.slice(0, 5)).toEqual(["long", "short", "long", "short", "end"]);
    await waitFor(() => log.filter((name) => name === "long").length === 100, "all is worked off");
  });

  test("T2: a turn ends once, after all that ran in it", async () => {
    const { scheduler, log } = begin();
    for (const name of ["a", "b", "c"]) scheduler.start(new Slices(name, 1, log));
    scheduler.wake();
    scheduler.wake();
    await turns(4);
    expect(log).toEqual(["a", "b", "c", "end"]);
  });

  test("T2: what wakes it at the end of a turn has a turn of its own", async () => {
    const log: string[] = [];
    const scheduler: Scheduler = new Scheduler(new StallingClock(), () => {
      if (log.push("end") < 3) scheduler.wake();
    });
    scheduler.wake();
    await turns(6);
    expect(log).toEqual(["end", "end", "end"]);
  });

  test("a forgotten worker has no more slices", async () => {
    const { scheduler, log } = begin();
    const worker = new Slices("a", 5, log);
    scheduler.start(worker);
    scheduler.forget(worker);
    await turns(4);
    expect(log).toEqual(["a", "end"]);
  });
});
