/** Limits of the wire itself. Those of the engines stand in core's `limits.ts`. */

/** How deep a message or a value may nest. */
export const MAX_DEPTH = 64;

/** A kv key's size in UTF-8 bytes. */
export const MAX_KEY_BYTES = 4_096;

/** The name of a queue, room, topic, event type or consumer, in UTF-8 bytes. */
export const MAX_NAME_BYTES = 512;

/** How many segments a pattern of topics may have, and how many of them may be `#`. */
export const MAX_PATTERN_SEGMENTS = 16;
export const MAX_PATTERN_HASHES = 3;

/** The longest long poll, in seconds: balancers close what is silent for a minute. */
export const MAX_POLL_SECONDS = 55;

/** The longest ack deadline, in seconds. */
export const MAX_ACK_DEADLINE_SECONDS = 43_200;

/** How many messages one command may publish, consume or acknowledge. */
export const MAX_MESSAGES = 1_000;

/** How many events, messages or names one page of a list may hold. */
export const MAX_PAGE = 10_000;

/** How many patterns one subscription may name. */
export const MAX_PATTERNS = 1_000;

/** How many deliveries a consumer may ask to have in hand. */
export const MAX_PREFETCH = 10_000;

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
