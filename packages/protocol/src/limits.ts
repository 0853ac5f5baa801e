/** Limits of the wire itself. Those of the engines stand in core's `limits.ts`. */

/** How deep a message or a value may nest. */
export const MAX_DEPTH = 64;

/** A kv key's size in UTF-8 bytes. */
export const MAX_KEY_BYTES = 4_096;

/** How many commands one batch may hold. */
export const MAX_BATCH_COMMANDS = 1_000;

/** How many messages one frame may carry. */
export const MAX_FRAME_MESSAGES = 10_000;

/** How many keys one command may name. */
export const MAX_KEYS = 10_000;

/** How many keys one page of a scan may hold. */
export const MAX_SCAN_COUNT = 10_000;

/** The longest time to live: about 317 years, so that every expiry is an exact integer. */
export const MAX_TTL_MS = 1e13;

/** The default bound of a body or frame, in bytes. */
export const DEFAULT_MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The default bound of one value, in bytes of its encoded form. */
export const DEFAULT_MAX_VALUE_BYTES = 1024 * 1024;
