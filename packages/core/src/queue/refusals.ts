import { invalidRequest, SynapError } from "@hivellm/synap-protocol";

export function queueNotFound(queue: string): SynapError {
  return new SynapError("QUEUE_NOT_FOUND", `There is no queue ${JSON.stringify(queue)}.`, {
    details: { queue },
  });
}

export function messageNotFound(queue: string, messageId: string): SynapError {
  return new SynapError(
    "MESSAGE_NOT_FOUND",
    "This delivery is no longer in hand: it was acknowledged, its deadline has passed, or this is not its receipt.",
    { details: { queue, message_id: messageId } },
  );
}

export function queueFull(queue: string, maxDepth: number): SynapError {
  return new SynapError("QUEUE_FULL", `The queue ${JSON.stringify(queue)} is full.`, {
    details: { queue, max_depth: maxDepth },
  });
}

export function dedupFull(queue: string, maxDedupIds: number): SynapError {
  return new SynapError(
    "QUEUE_FULL",
    `The queue ${JSON.stringify(queue)} remembers as many dedup ids as it may.`,
    { details: { queue, max_dedup_ids: maxDedupIds } },
  );
}

export function otherSettings(queue: string, differing: readonly string[]): SynapError {
  const names = differing.join(", ");
  return new SynapError(
    "ALREADY_EXISTS",
    `The queue ${JSON.stringify(queue)} exists with another ${names}. Delete it first, or leave it as it is.`,
    { details: { queue, differing } },
  );
}

export function needsMessage(path: string): SynapError {
  return invalidRequest(`The field "${path}" is missing.`, {
    path,
    expected: "any JSON value or bytes; queue.publish also takes payload, an array of bytes",
  });
}

export function cannotWait(): SynapError {
  return invalidRequest("A command inside a batch cannot wait.", {
    path: "timeout",
    expected: "0, or a command of its own",
  });
}

export function holdsDeadLetters(queue: string): SynapError {
  const of = JSON.stringify(queue.slice(0, -".dead".length));
  return invalidRequest(
    `Queues whose name ends in ".dead" hold dead letters: this one those of ${of}. Messages come to it when they fail there.`,
    { path: "queue", expected: 'a name that does not end in ".dead"' },
  );
}

export function boundQueueFull(queue: string, topic: string, full: SynapError): SynapError {
  return new SynapError(
    "QUEUE_FULL",
    `The queue ${JSON.stringify(queue)} is full, and it is bound to a pattern that matches ${topic}; nobody got the message.`,
    { details: { ...full.details, topic } },
  );
}
