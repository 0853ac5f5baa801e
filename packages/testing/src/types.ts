import type { Kv, PubSub, Queue, Stream, SynapClient } from "@hivellm/synap-client";
import type { Limits } from "@hivellm/synap-core";

/** A function of any arguments, as the methods of a client are to those who only wrap them. */
export type Method = (...args: never[]) => unknown;

type Leaf = string | number | boolean | bigint | symbol | null | undefined | Uint8Array | Method;

/** A part of a result: what is left out, the mock fills in. */
export type DeepPartial<T> = T extends Leaf
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepPartial<Item>[]
    : T extends object
      ? { [K in keyof T]?: DeepPartial<T[K]> }
      : T;

/** What a replacement may return: the result or a part of it, now or later. */
export type PartialReturn<R> =
  R extends Promise<infer Result> ? DeepPartial<Result> | Promise<DeepPartial<Result>> : R;

/** One call's outcome, as `mock.results` lists it. */
export interface SpyResult {
  readonly type: "return" | "throw" | "incomplete";
  readonly value: unknown;
}

/** What a spy saw. */
export interface SpyRecord<F extends Method> {
  /** The arguments of each call. */
  readonly calls: Parameters<F>[];
  /** What each call returned or threw; a promise counts as returned. */
  readonly results: SpyResult[];
  /** The arguments of the newest call. */
  readonly lastCall: Parameters<F> | undefined;
  /** The order of calls among all spies. */
  readonly invocationCallOrder: number[];
}

/**
 * What a spy can be told. It is a Vitest spy, so `expect` of Vitest and of Jest understand it; the
 * difference is that results may be partial.
 */
export interface SpyControls<F extends Method> {
  readonly mock: SpyRecord<F>;
  /** Answers this from now on. */
  mockResolvedValue(result: DeepPartial<Awaited<ReturnType<F>>>): this;
  /** Answers this once. */
  mockResolvedValueOnce(result: DeepPartial<Awaited<ReturnType<F>>>): this;
  /** Fails like this from now on. */
  mockRejectedValue(error: unknown): this;
  /** Fails like this once. */
  mockRejectedValueOnce(error: unknown): this;
  /** Runs this from now on. */
  mockImplementation(run: (...args: Parameters<F>) => PartialReturn<ReturnType<F>>): this;
  /** Runs this once. */
  mockImplementationOnce(run: (...args: Parameters<F>) => PartialReturn<ReturnType<F>>): this;
  /** Returns this from now on, as it is. */
  mockReturnValue(value: ReturnType<F>): this;
  /** Returns this once, as it is. */
  mockReturnValueOnce(value: ReturnType<F>): this;
  /** Forgets the calls. */
  mockClear(): this;
  /** Forgets the calls and does the real thing again. */
  mockReset(): this;
  /** The same as `mockReset`. */
  mockRestore(): this;
}

/** A method that is a spy as well. */
export type Spy<F extends Method> = F & SpyControls<F>;

/** An object whose methods are spies, those of objects within as well. */
export type Mocked<T> = {
  readonly [K in keyof T]: T[K] extends Method ? Spy<T[K]> : Mocked<T[K]>;
};

/** The time of a mock, which stands still until it is advanced. */
export interface MockClock {
  /** Calendar time in integer milliseconds since the epoch. */
  now(): number;
  /**
   * Moves time on. Resolves when everything that became due has happened and was delivered to
   * callbacks.
   *
   * @param ms milliseconds
   */
  advance(ms: number): Promise<void>;
}

/** What a mock has beside a client's own methods. */
export interface MockControls {
  readonly clock: MockClock;
  /**
   * Another client on the same engine, to play the other side: what it does, the mock sees. It has
   * no spies, and ends with the mock.
   */
  connect(): SynapClient;
  /**
   * Starts anew: no keys, watches or listeners, spies that have seen nothing and do the real thing.
   * It has happened when this returns; what it returns settles when the old engine is closed.
   */
  reset(): Promise<void>;
}

/** The methods of a client that belong to no engine. */
type OwnMethods = Pick<SynapClient, "batch" | "on" | "off" | "close">;

/** A client on an engine of its own in this process; every method is a spy. */
export type MockClient = SynapClient & {
  readonly kv: Mocked<Kv>;
  readonly queue: Mocked<Queue>;
  readonly stream: Mocked<Stream>;
  readonly pubsub: Mocked<PubSub>;
} & Mocked<OwnMethods> &
  MockControls;

/** How a mock is made. */
export interface MockClientOptions {
  /** Where its time starts, in milliseconds since the epoch. */
  readonly startMs?: number | undefined;
  /** How values travel inside it; `msgpack` if not given. */
  readonly format?: "msgpack" | "json" | undefined;
  /** Bounds of its engine, to see what happens at them. */
  readonly limits?: Partial<Limits> | undefined;
}
