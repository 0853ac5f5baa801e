import { KeyNotFoundError, type SynapClient } from "@hivellm/synap-client";
import { type SessionData, Store } from "express-session";

export interface SynapStoreOptions {
  /** What the keys begin with; `session:` if not given. */
  readonly prefix?: string;
  /** How long a session without a `maxAge` of its own is kept; a day if not given. */
  readonly ttlSeconds?: number;
}

type Callback<T = void> = (error: unknown, result?: T) => void;

/**
 * Keeps the sessions of express-session in Synap, where every process of your application finds
 * them and a restart leaves them alone.
 *
 * A session is stored as the object that it is, and lives as long as its cookie: the key's ttl is
 * the cookie's `maxAge`, so nothing has to be cleaned up.
 */
export class SynapStore extends Store {
  readonly #kv: SynapClient["kv"];
  readonly #prefix: string;
  readonly #ttlMs: number;

  constructor(client: SynapClient, options: SynapStoreOptions = {}) {
    super();
    this.#kv = client.kv;
    this.#prefix = options.prefix ?? "session:";
    this.#ttlMs = (options.ttlSeconds ?? 86_400) * 1000;
  }

  override get(sid: string, callback: Callback<SessionData | null>): void {
    const read = async () => (await this.#kv.get<SessionData>(this.#key(sid))).value;
    answer(read(), callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback): void {
    const ttlMs = this.#lifetimeOf(session);
    const write = async () => {
      await this.#kv.set(this.#key(sid), session, { ttlMs });
    };
    answer(write(), callback);
  }

  /** Called when a request read a session and left it as it was: only the ttl begins anew. */
  override touch(sid: string, session: SessionData, callback?: Callback): void {
    const ttlMs = this.#lifetimeOf(session);
    const extend = async () => {
      try {
        await this.#kv.expire(this.#key(sid), { ttlMs });
      } catch (error) {
        // It ended, or another request logged out, while this one ran: it must not come back.
        if (!(error instanceof KeyNotFoundError)) throw error;
      }
    };
    answer(extend(), callback);
  }

  override destroy(sid: string, callback?: Callback): void {
    const remove = async () => {
      await this.#kv.del(this.#key(sid));
    };
    answer(remove(), callback);
  }

  #key(sid: string): string {
    return this.#prefix + sid;
  }

  #lifetimeOf({ cookie }: SessionData): number {
    // A getter: what is left until `expires`. Null for a cookie that ends with the browser.
    return cookie.maxAge ? Math.max(1, Math.ceil(cookie.maxAge)) : this.#ttlMs;
  }
}

/** express-session takes callbacks. What one of them throws is not the store's error. */
function answer<T>(work: Promise<T>, callback: Callback<T> = () => {}): void {
  work.then(
    (result) => setImmediate(callback, null, result),
    (error: unknown) => setImmediate(callback, error),
  );
}
