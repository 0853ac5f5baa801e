import { invalid } from "./errors.ts";

/** Something that goes on until it is ended. */
export interface Subscription {
  /** The room that is followed, if it is one. */
  readonly room?: string | undefined;
  /** The topics and patterns that are listened to, if it is for such. */
  readonly topics?: string[] | undefined;
  /** The queue that is consumed, if it is one. */
  readonly queue?: string | undefined;
  /** Ends it: no handler runs from here on. Resolves when the server knows. */
  unsubscribe(): Promise<void>;
  /** The same as `unsubscribe`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A subscription that knows what it is to, and how it ends. */
export function asSubscription<T extends object>(
  about: T,
  unsubscribe: () => Promise<void>,
): T & Pick<Subscription, "unsubscribe" | typeof Symbol.asyncDispose> {
  return { ...about, unsubscribe, [Symbol.asyncDispose]: unsubscribe };
}

/** Refuses what cannot be called, when it is given rather than when it would be called. */
export function checkHandler(handler: unknown, path: string): void {
  if (typeof handler !== "function") throw invalid(path, "a function", handler);
}
