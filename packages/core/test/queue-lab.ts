import { decodeValue, type TaggedValue, type Value } from "@hivellm/synap-protocol";
import { type Clock, type Limits, manualClock, type Session } from "../src/index.ts";
import { type Request, type Response, run } from "./calls.ts";
import { openLab } from "./lab.ts";
import { Party } from "./party.ts";
import { turns } from "./turns.ts";

/** One delivery as a consumer sees it. */
export type Delivery = Response<"queue.consume">["messages"][number];
type Publication = Omit<Request<"queue.publish">, "queue" | "message">;

/** A socket that consumes. */
export class Worker extends Party {
  #read = 0;

  /** What was pushed since it was last asked. */
  deliveries(): (Delivery & { queue: string })[] {
    const all = this.allDeliveries();
    const fresh = all.slice(this.#read);
    this.#read = all.length;
    return fresh;
  }

  /** All that was ever pushed. */
  allDeliveries(): (Delivery & { queue: string })[] {
    return this.pushes("delivery").map((fields) => ({
      ...(fields as unknown as Delivery & { queue: string }),
      message: decodeValue(fields.message as TaggedValue),
    }));
  }

  /** The messages of what was pushed since it was last asked. */
  told(): Value[] {
    return this.deliveries().map(({ message }) => message);
  }
}

/** A lab for queues; `jobs` is the queue where nothing else is said. */
export function openQueueLab(limits: Partial<Limits> = {}, clock?: Clock) {
  const manual = manualClock();
  const lab = openLab(limits, clock ?? manual);
  const caller = lab.caller();
  const settle = (): Promise<void> => turns(4);
  return {
    ...lab,
    get timers() {
      return lab.timers;
    },
    /** An HTTP caller. */
    session: caller,
    state: lab.engine.state.queues,
    nowMs: (): number => manual.wallMs(),
    advance: (ms: number): Promise<void> => manual.advance(ms),
    settle,
    desk: () => lab.engine.parts.queue.desk.counts,
    worker: () => new Worker(lab.engine),
    /** A socket that subscribes. */
    async subscriber(request: Omit<Request<"queue.subscribe">, "queue"> = {}, queue = "jobs") {
      const worker = new Worker(lab.engine);
      worker.request("queue.subscribe", { queue, ...request });
      await settle();
      return worker;
    },
    async publish(message: Value, about: Publication = {}, queue = "jobs"): Promise<string> {
      const answer = await run(caller, "queue.publish", { queue, message, ...about });
      return answer.message_id;
    },
    async consume(
      about: Omit<Request<"queue.consume">, "queue"> = {},
      session: Session = caller,
      queue = "jobs",
    ): Promise<Delivery[]> {
      return (await run(session, "queue.consume", { queue, ...about })).messages;
    },
    /** Takes one message that must be there. */
    async one(session: Session = caller, queue = "jobs"): Promise<Delivery> {
      const { messages } = await run(session, "queue.consume", { queue });
      if (messages[0] === undefined) throw new TypeError(`There is no message in ${queue}.`);
      return messages[0];
    },
    ack: (message_id: string, session: Session = caller, queue = "jobs") =>
      run(session, "queue.ack", { queue, message_id }),
    nack: (message_id: string, about: object = {}, queue = "jobs") =>
      run(caller, "queue.nack", { queue, message_id, ...about }),
    release: (message_id: string, session: Session = caller, queue = "jobs") =>
      run(session, "queue.release", { queue, message_id }),
    stats: (queue = "jobs") => run(caller, "queue.stats", { queue }),
    create: (about: object = {}, queue = "jobs") =>
      run(caller, "queue.create", { queue, ...about }),
    async dead(queue = "jobs") {
      return (await run(caller, "queue.dead.list", { queue })).items;
    },
  };
}

export type QueueLab = ReturnType<typeof openQueueLab>;

/** What the desk remembers when nobody is there. */
export const NOBODY = { lines: 0, parties: 0, inHand: 0, returning: 0 };
