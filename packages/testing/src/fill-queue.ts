/** What the mock adds to partial results of queues. */
import { asFields, asList, type Fields, type Filler, page, subscription } from "./fill-parts.ts";

const COUNTS = { depth: 0, inFlight: 0, delayed: 0, dead: 0, consumers: 0 };

const TOTALS = {
  published: 0,
  delivered: 0,
  acked: 0,
  nacked: 0,
  timedOut: 0,
  expired: 0,
  deadLettered: 0,
  oldestMessageAgeSecs: null,
};

const MESSAGE = {
  messageId: "1",
  message: null,
  priority: 5,
  retryCount: 0,
  maxRetries: 3,
  headers: {},
  timestamp: 0,
};

export const queueFillers: Readonly<Record<string, Filler>> = {
  "queue.create": (partial, [queue]) => ({ queue, created: true, ...asFields(partial) }),
  "queue.delete": () => undefined,
  "queue.list": (partial) => page(partial, (item) => ({ name: "queue", ...COUNTS, ...item })),
  "queue.stats": (partial, [queue]) => ({ queue, ...COUNTS, ...TOTALS, ...asFields(partial) }),
  "queue.purge": (partial) => partial ?? 0,
  "queue.publish": (partial) => published(partial),
  "queue.publishMany": (partial, [, messages]) => publishedMany(partial, messages),
  "queue.consume": (partial) =>
    partial === null || partial === undefined ? null : message(partial),
  "queue.consumeMany": (partial) => asList(partial).map(message),
  "queue.ack": () => undefined,
  "queue.nack": (partial, [, , requeue]) => nack(asFields(partial), requeue),
  "queue.release": () => undefined,
  "queue.extend": (partial) => ({ success: true, deadline: 0, ...asFields(partial) }),
  "queue.peek": (partial) => asList(partial).map(waiting),
  "queue.bind": (partial) => partial ?? true,
  "queue.unbind": (partial) => partial ?? true,
  "queue.bindings": (partial) => page(partial, (item) => ({ pattern: "#", ...item })),
  "queue.subscribe": (partial, [queue]) => ({ queue, ...subscription(), ...asFields(partial) }),
  "queue.process": (partial, [queue]) => ({ queue, running: 0, ...worker(), ...asFields(partial) }),
  "queue.dead.list": (partial) => page(partial, deadLetter),
  "queue.dead.redrive": (partial) => ({ redriven: 0, remaining: 0, ...asFields(partial) }),
  "queue.dead.purge": (partial) => partial ?? 0,
};

function published(partial: unknown): Fields {
  return { messageId: "1", position: 0, ...asFields(partial) };
}

function publishedMany(partial: unknown, messages: unknown): Fields[] {
  const given = asList(partial);
  const count = Math.max(given.length, asList(messages).length);
  return Array.from({ length: count }, (_, i) =>
    published({ messageId: `${i + 1}`, ...asFields(given[i]) }),
  );
}

function message(partial: unknown): Fields {
  return { ...MESSAGE, deadline: 0, ...asFields(partial) };
}

function waiting(partial: unknown): Fields {
  return { ...MESSAGE, ...asFields(partial) };
}

function deadLetter(partial: Fields): Fields {
  return { ...MESSAGE, reason: "max_retries", error: null, failedAt: 0, ...partial };
}

/** Without a retry a message becomes a dead letter. */
function nack(fields: Fields, requeue: unknown): Fields {
  const again = typeof requeue === "boolean" ? requeue : (asFields(requeue).requeue ?? true);
  return { success: true, action: again ? "requeued" : "dead_lettered", ...fields };
}

function worker(): Fields {
  const close = async (): Promise<void> => {};
  return { close, [Symbol.asyncDispose]: close };
}
