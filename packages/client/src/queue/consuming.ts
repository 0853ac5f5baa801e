import { invalid } from "../errors.ts";
import { guard } from "../events.ts";
import { readAll } from "../mailbox.ts";
import { asSubscription, checkHandler } from "../subscription.ts";
import type { DeliveryTaker } from "./consumers.ts";
import type { Delivery } from "./delivery.ts";
import { DeliveryReader } from "./delivery-reader.ts";
import type { QueueParts } from "./queue.ts";
import type { Queue } from "./queue-api.ts";
import type { Settling } from "./settling.ts";
import type { ConsumerOptions, QueueMessage, WorkerOptions, WorkHandler } from "./types.ts";
import { QueueWorker } from "./worker.ts";

/** The methods by which messages come as they are published: by callback, in a loop, for a worker. */
export function consumingMethods(
  { consumers, emitter, clock }: QueueParts,
  settling: Settling,
): Pick<Queue, "subscribe" | "messages" | "process"> {
  const report = (message: string, thrown: unknown): void => emitter.report(message, thrown);
  return {
    async subscribe<T>(
      queue: string,
      onMessage: (message: QueueMessage<T>) => unknown,
      { prefetch = 1, ...options }: ConsumerOptions = {},
    ) {
      checkHandler(onMessage, "onMessage");
      const about = `the queue "${queue}"`;
      const taker: DeliveryTaker = {
        prefetch: count(prefetch, "prefetch"),
        take: (message) =>
          guard(
            () => onMessage(message as QueueMessage as QueueMessage<T>),
            (thrown) => report(`A handler of ${about} failed.`, thrown),
          ),
        lost: () => undefined, // its acknowledgement will say so
        ended: (error) => {
          if (error !== null) report(`The subscription to ${about} has ended.`, error);
        },
      };
      const seat = await consumers.add(queue, taker, options);
      return asSubscription({ queue }, () => consumers.remove(seat));
    },

    async *messages<T>(queue: string, { prefetch = 1, ...options }: ConsumerOptions = {}) {
      const ports = {
        join: async (taker: DeliveryTaker) => {
          const seat = await consumers.add(queue, taker, options);
          return () => consumers.remove(seat);
        },
        release: (message: Delivery) => settling.release(queue, message),
      };
      const reader = new DeliveryReader(ports, count(prefetch, "prefetch"));
      yield* readAll(reader, options.signal) as AsyncGenerator<QueueMessage<T>, void, undefined>;
    },

    async process<T>(
      queue: string,
      handler: WorkHandler<T>,
      { concurrency = 1, ...options }: WorkerOptions = {},
    ) {
      checkHandler(handler, "handler");
      const ack_deadline = options.ackDeadline ?? null;
      const extension = ack_deadline === null ? {} : { ack_deadline };
      let leave = async (): Promise<void> => {};
      const ports = {
        clock,
        report,
        holds: (message: Delivery) => consumers.inHand.holds(queue, message),
        ack: (message: Delivery) => settling.ack(queue, message),
        nack: (message: Delivery, error: string) => settling.nack(queue, message, { error }),
        release: (message: Delivery) => settling.release(queue, message),
        extend: (message: Delivery) => settling.extend(queue, message, extension),
        leave: () => leave(),
      };
      const worker = new QueueWorker(ports, {
        queue,
        handler,
        concurrency: count(concurrency, "concurrency"),
        ackDeadlineMs: ack_deadline === null ? null : ack_deadline * 1000,
      });
      const seat = await consumers.add(queue, worker, options);
      leave = () => consumers.remove(seat);
      return worker;
    },
  };
}

function count(given: number, path: string): number {
  if (Number.isInteger(given) && given >= 1) return given;
  throw invalid(path, "a whole number of at least 1", given);
}
