import { MAX_MESSAGES, type SynapError } from "@hivellm/synap-protocol";
import type { CommandSpec, Fields, RequestOptions } from "../calls/call.ts";
import type { Caller } from "../calls/caller.ts";
import { asIs, done } from "../calls/specs.ts";
import { invalid, makeError } from "../errors.ts";
import type { Consumers } from "./consumers.ts";
import { idOf } from "./delivery.ts";
import type { DeliveryRef, ExtendResult, NackResult } from "./types.ts";

const ACK = done("queue.ack");
const ACK_MANY = asIs<{ readonly missing: readonly string[] }>("queue.ack_many");
const NACK = asIs<NackResult>("queue.nack");
const RELEASE = done("queue.release");
const EXTEND = asIs<ExtendResult>("queue.extend");

/** Commands about deliveries in hand: each goes the way its delivery came, with its receipt. */
export class Settling {
  readonly #caller: Caller;
  readonly #consumers: Consumers;

  constructor(caller: Caller, consumers: Consumers) {
    this.#caller = caller;
    this.#consumers = consumers;
  }

  ack(queue: string, ref: DeliveryRef, options?: RequestOptions): Promise<void> {
    return this.#settle(ACK, queue, ref, {}, options);
  }

  nack(queue: string, ref: DeliveryRef, fields: Fields, options?: RequestOptions) {
    return this.#settle(NACK, queue, ref, fields, options);
  }

  release(queue: string, ref: DeliveryRef, options?: RequestOptions): Promise<void> {
    return this.#settle(RELEASE, queue, ref, {}, options);
  }

  async extend(
    queue: string,
    ref: DeliveryRef,
    fields: Fields,
    options?: RequestOptions,
  ): Promise<ExtendResult> {
    const found = this.#consumers.inHand.find(queue, ref);
    const payload = { queue, message_id: found.receipt, ...fields };
    return await this.#wayOf(found.held !== undefined).run(EXTEND, payload, options);
  }

  /** All that are good are acknowledged; rejects with the ids of those that are not. */
  async ackMany(
    queue: string,
    refs: readonly DeliveryRef[],
    options?: RequestOptions,
  ): Promise<void> {
    if (refs.length === 0 || refs.length > MAX_MESSAGES) {
      throw invalid("delivery", `a message, or a list of 1 to ${MAX_MESSAGES}`, refs.length);
    }
    const found = refs.map((ref) => this.#consumers.inHand.find(queue, ref));
    const payload = { queue, message_ids: found.map(({ receipt }) => receipt) };
    const result = (answer: Fields): readonly string[] => {
      for (const each of found) this.#consumers.settled(each);
      return answer.missing as string[];
    };
    const spec = { ...ACK_MANY, result };
    const way = this.#wayOf(found.some(({ held }) => held !== undefined));
    const missing = new Set(await way.run(spec, payload, options));
    if (missing.size === 0) return;
    const ids = refs.filter((_, i) => missing.has(found[i]?.receipt ?? "")).map(idOf);
    const message = `${ids.length} of ${refs.length} deliveries are no longer in hand; the others are acknowledged.`;
    throw makeError("MESSAGE_NOT_FOUND", message, { details: { queue, missing: ids } });
  }

  async #settle<T>(
    spec: CommandSpec<T>,
    queue: string,
    ref: DeliveryRef,
    fields: Fields,
    options: RequestOptions | undefined,
  ): Promise<T> {
    const found = this.#consumers.inHand.find(queue, ref);
    const payload = { queue, message_id: found.receipt, ...fields };
    // Where the answer is read, so that what stands behind it in the frame finds room.
    const result = (answer: Fields): T => {
      this.#consumers.settled(found);
      return spec.result(answer);
    };
    try {
      return await this.#wayOf(found.held !== undefined).run({ ...spec, result }, payload, options);
    } catch (error) {
      if (isGone(error as SynapError)) this.#consumers.settled(found);
      throw error;
    }
  }

  #wayOf(held: boolean): Pick<Caller, "run"> {
    return held ? this.#consumers : this.#caller;
  }
}

/** Whether an error says that a delivery is no longer in anybody's hand. */
export function isGone({ code }: SynapError): boolean {
  return code === "MESSAGE_NOT_FOUND" || code === "QUEUE_NOT_FOUND";
}
