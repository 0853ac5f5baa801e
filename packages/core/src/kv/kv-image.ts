import type { KvState } from "./kv-state.ts";

/** One key as a comparison of states sees it. */
export interface KeyImage {
  readonly key: string;
  readonly value: Uint8Array;
  readonly version: number;
  readonly expires: number;
}

/** All durable keys of a state, in order. */
export function keysImage(state: KvState): KeyImage[] {
  const image: KeyImage[] = [];
  state.index.walk("", false, (handle, key) => {
    if (state.ownerOf(key) !== null) return true;
    image.push({
      key,
      value: state.table.valueOf(handle).slice(),
      version: state.table.version.get(handle),
      expires: state.table.expires.get(handle),
    });
    return true;
  });
  return image;
}
