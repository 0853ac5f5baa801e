import {
  decodeValue,
  type MessageFields,
  type TaggedValue,
  type Value,
} from "@hivellm/synap-protocol";

/** A watched key as the client knows it. */
export interface Watched {
  readonly value: Value;
  readonly version: number;
}

/**
 * What a client does with the pushes of one watch: it keeps the keys in a Map and never looks at
 * anything else. What must not happen is collected in `faults`.
 */
export class WatchClient {
  readonly prefix: string;
  readonly keys = new Map<string, Watched>();
  readonly faults: string[] = [];
  /** Where the watch can go on; null before everything has been seen once. */
  position: number | null = null;
  gaps = 0;
  /** Whether a `kv.watch` has not been answered yet: whoever lost the connection must repeat it. */
  asked = false;
  readonly #seen = new Map<string, number>();
  #hasBegun = false;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** The answer to `kv.watch`. */
  begun({ reset }: { readonly reset: boolean }): void {
    this.asked = false;
    this.#hasBegun = true;
    if (reset) this.#forget();
  }

  /** One push about this prefix; those before the first answer are of an earlier watch. */
  take(type: string, fields: MessageFields): void {
    if (!this.#hasBegun) return;
    if (type === "gap") {
      this.gaps++;
      this.#forget();
    } else if (type === "synced") this.position = fields.version as number;
    else if (type === "watch") this.#change(fields);
  }

  #change(fields: MessageFields): void {
    const { op, key, version } = fields as { op: string; key: string; version: number };
    const what = `${op} ${JSON.stringify(key)} at ${version}`;
    if (!key.startsWith(this.prefix)) this.faults.push(`${what} is not under the prefix`);
    if (version <= (this.#seen.get(key) ?? 0)) this.faults.push(`${what} came twice or too late`);
    this.#seen.set(key, version);
    if (this.position !== null) {
      if (version < this.position) this.faults.push(`${what} came after ${this.position}`);
      this.position = version;
    }
    if (op === "put")
      this.keys.set(key, { value: decodeValue(fields.value as TaggedValue), version });
    else this.keys.delete(key);
  }

  #forget(): void {
    this.keys.clear();
    this.#seen.clear();
    this.position = null;
  }
}
