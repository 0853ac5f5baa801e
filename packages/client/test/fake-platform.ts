import { ClientCore } from "../src/core.ts";
import { type ClientConfig, resolveConfig } from "../src/options.ts";
import type { ClientClock, Platform } from "../src/platform/types.ts";
import type { HttpExchange } from "../src/transport/http-exchange.ts";

/** A clock that stands still until it is advanced. */
export interface FakeClock extends ClientClock {
  /** Timers that are set. */
  readonly timers: number;
  /** Moves time on, firing what becomes due in order, and lets what it caused settle. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** Where calendar time of fake clocks begins. */
const EPOCH_MS = 1_700_000_000_000;

export function fakeClock(): FakeClock {
  let nowMs = 1_000;
  let timers: Timer[] = [];
  return {
    get timers() {
      return timers.length;
    },
    nowMs: () => nowMs,
    wallMs: () => EPOCH_MS + nowMs,
    setTimer(fire, delayMs) {
      const timer = { dueMs: nowMs + delayMs, fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = nowMs + ms;
      await turns();
      for (;;) {
        const [next] = timers.filter((t) => t.dueMs <= end).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.fire();
        await turns();
      }
      nowMs = end;
      await turns();
    },
  };
}

/** Lets everything that needs no time happen. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((done) => setImmediate(done));
}

/** A platform without a network: sockets come from the config, HTTP from `exchange`. */
export function fakePlatform(
  clock: ClientClock,
  exchange: HttpExchange = unreachable,
  random = 1,
): Platform {
  return {
    clock,
    random: () => random,
    openSocket: null,
    openExchange: () => exchange,
    gzip: async (bytes) => new Uint8Array([0x1f, 0x8b, ...bytes]),
  };
}

/** HTTP that reaches nobody. */
export const unreachable: HttpExchange = {
  run: async () => ({ ok: false, cause: new TypeError("unreachable"), sent: false }),
  close: async () => {},
};

export interface FakeCore {
  readonly core: ClientCore;
  readonly clock: FakeClock;
}

/** A client on a fake platform; back-off is at its bound, so that tests know when it ends. */
export function fakeCore(config: ClientConfig, exchange?: HttpExchange): FakeCore {
  const clock = fakeClock();
  const core = new ClientCore(resolveConfig(config), fakePlatform(clock, exchange));
  return { core, clock };
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
