import type { SynapError } from "@hivellm/synap-protocol";
import { makeError } from "../errors.ts";
import type { ClientClock } from "../platform/types.ts";
import type { DeliveryTaker } from "./consumers.ts";
import type { Delivery } from "./delivery.ts";
import { Job } from "./job.ts";
import { isGone } from "./settling.ts";
import type { Worker, WorkerCloseOptions, WorkHandler } from "./types.ts";

/** What a worker does with deliveries, and whom it tells. */
export interface WorkerPorts {
  readonly clock: ClientClock;
  /** Whether a delivery is in hand: neither settled, by whomever, nor lost. */
  holds(delivery: Delivery): boolean;
  ack(delivery: Delivery): Promise<void>;
  nack(delivery: Delivery, error: string): Promise<unknown>;
  release(delivery: Delivery): Promise<void>;
  extend(delivery: Delivery): Promise<unknown>;
  /** Has nothing more delivered. */
  leave(): Promise<void>;
  report(message: string, thrown: unknown): void;
}

/** What a worker was told. */
export interface WorkerSettings {
  readonly queue: string;
  readonly handler: WorkHandler<never>;
  readonly concurrency: number;
  /** In milliseconds; null if the queue's own holds, which is not known here. */
  readonly ackDeadlineMs: number | null;
}

/** A deadline that is not known is taken to be no longer than this. */
const LONGEST_GUESS_MS = 30_000;
/** What it is taken to be where the clocks of both ends differ too much to tell. */
const BLIND_GUESS_MS = 1_000;
/** Deadlines are extended this often while they last. */
const EXTENSIONS = 3;
const SHORTEST_PERIOD_MS = 10;
/** How long to wait before a delivery is settled again, in milliseconds. */
const SETTLE_AGAIN_MS = 20;
/** What the server takes of an error's text. */
const MAX_ERROR_CHARACTERS = 8_192;

/**
 * Handlers at work on a queue.
 *
 * K1  at most `concurrency` handlers run, also when lost messages are delivered anew
 * K2  a message in hand is extended before half of its deadline has passed, begun or not
 * K3  a message is settled once: by its handler, or by what became of that; one that is lost is not
 * K4  a closed worker begins nothing, and has nothing in hand when it has closed
 */
export class QueueWorker implements Worker, DeliveryTaker {
  readonly queue: string;
  readonly prefetch: number;
  readonly #ports: WorkerPorts;
  readonly #settings: WorkerSettings;
  /** What is in hand, running or waiting. */
  readonly #jobs = new Map<Delivery, Job>();
  /** Those that have not begun. */
  #waiting: Job[] = [];
  #running = 0;
  /** Answers to settlements that are under way. */
  #unanswered = 0;
  /** How often deadlines are looked after. */
  #periodMs = 0;
  #cancelTick: (() => void) | null = null;
  #leaving: Promise<void> | null = null;
  /** Who waits for the end. */
  #idle: (() => void)[] = [];

  constructor(ports: WorkerPorts, settings: WorkerSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.queue = settings.queue;
    this.prefetch = settings.concurrency;
  }

  get running(): number {
    return this.#running;
  }

  async close({ timeoutMs }: WorkerCloseOptions = {}): Promise<void> {
    this.#leaving ??= this.#leave();
    const giveUp = (): void => this.#giveUp();
    const cancel =
      timeoutMs === undefined ? null : this.#ports.clock.setTimer(giveUp, timeoutMs, true);
    await this.#leaving;
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#idle.push(resolve));
    cancel?.();
    this.#cancelTick?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  take(delivery: Delivery): void {
    const job = new Job(delivery, this.#ports.clock.nowMs());
    this.#jobs.set(delivery, job);
    this.#waiting.push(job);
    this.#periodMs = Math.max(SHORTEST_PERIOD_MS, this.#lifeOf(delivery) / EXTENSIONS);
    this.#tickLater();
    this.#beginNext();
  }

  lost(delivery: Delivery, error: SynapError): void {
    const job = this.#jobs.get(delivery);
    if (job === undefined) return;
    job.lose(error);
    const at = this.#waiting.indexOf(job);
    if (at === -1) return; // it runs
    this.#waiting.splice(at, 1);
    this.#jobs.delete(delivery);
  }

  ended(error: SynapError | null): void {
    this.#leaving ??= Promise.resolve();
    for (const job of this.#waiting.splice(0)) this.#jobs.delete(job.delivery);
    this.#checkIdle();
    if (error !== null) {
      this.#ports.report(`The worker of the queue "${this.queue}" has ended.`, error);
    }
  }

  #beginNext(): void {
    while (this.#running < this.#settings.concurrency && this.#leaving === null) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#running++; // K1
      this.#work(job).catch((error: unknown) => {
        this.#ports.report(`The worker of the queue "${this.queue}" failed.`, error);
      });
    }
  }

  async #work(job: Job): Promise<void> {
    let failure: { readonly thrown: unknown } | null = null;
    try {
      await this.#settings.handler(job.delivery as never, job);
    } catch (thrown) {
      failure = { thrown };
    }
    this.#running--;
    this.#beginNext();
    await this.#settling(job, () => this.#settle(job, failure));
  }

  /** Takes a job out of hand, and counts what is done for it until that is answered. */
  async #settling(job: Job, settle: () => Promise<void>): Promise<void> {
    this.#jobs.delete(job.delivery);
    this.#unanswered++;
    await settle();
    this.#unanswered--;
    this.#checkIdle();
  }

  /** What becomes of a message whose handler has ended (K3). */
  async #settle(job: Job, failure: { readonly thrown: unknown } | null): Promise<void> {
    const { delivery } = job;
    const ports = this.#ports;
    if (job.isLost) {
      // The server gives no more to one whose deadline has passed until it has spoken.
      await ports.release(delivery).catch(() => undefined);
      return;
    }
    const queue = `the queue "${this.queue}"`;
    if (failure !== null) ports.report(`A handler of ${queue} failed.`, failure.thrown);
    if (!ports.holds(delivery)) return; // the handler has settled it
    const settle = (): Promise<unknown> =>
      failure === null ? ports.ack(delivery) : ports.nack(delivery, textOf(failure.thrown));
    const error = await this.#untilAnswered(delivery, settle);
    if (error === null) return;
    const done = failure === null ? "done, but could not be acknowledged" : "not refused";
    ports.report(`The message ${delivery.messageId} of ${queue} was ${done}.`, error);
  }

  /**
   * Settles a delivery, again if the connection broke before the answer, for as long as the server
   * keeps what it had in hand. Returns why it could not.
   */
  async #untilAnswered(
    delivery: Delivery,
    settle: () => Promise<unknown>,
  ): Promise<SynapError | null> {
    for (let tries = 1; ; tries++) {
      try {
        await settle();
        return null;
      } catch (thrown) {
        const error = thrown as SynapError;
        if (tries > 1 && isGone(error)) return null; // one before it was heard
        if (error.code !== "CONNECTION_LOST" || !this.#ports.holds(delivery)) return error;
        await new Promise<void>((resolve) => {
          this.#ports.clock.setTimer(resolve, SETTLE_AGAIN_MS, true);
        });
      }
    }
  }

  /** Sets the timer that looks after deadlines, unless it is set. */
  #tickLater(): void {
    this.#cancelTick ??= this.#ports.clock.setTimer(() => this.#tick(), this.#periodMs, false);
  }

  #tick(): void {
    this.#cancelTick = null;
    const nowMs = this.#ports.clock.nowMs();
    for (const job of this.#jobs.values()) {
      if (!job.isLost && nowMs - job.freshMs >= this.#periodMs / 2) this.#extend(job, nowMs); // K2
    }
    if (this.#jobs.size > 0) this.#tickLater();
  }

  /** How long a fresh delivery lasts, in milliseconds. */
  #lifeOf({ deadline }: Delivery): number {
    const { ackDeadlineMs } = this.#settings;
    if (ackDeadlineMs !== null) return ackDeadlineMs;
    const leftMs = deadline - this.#ports.clock.wallMs();
    return leftMs > 0 ? Math.min(leftMs, LONGEST_GUESS_MS) : BLIND_GUESS_MS;
  }

  #extend(job: Job, nowMs: number): void {
    this.#ports.extend(job.delivery).then(
      () => {
        job.freshMs = nowMs;
      },
      (error: SynapError) => {
        // Anything else may be better next time.
        if (isGone(error) && this.#jobs.has(job.delivery)) this.lost(job.delivery, error);
      },
    );
  }

  async #leave(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    const left = this.#ports.leave();
    await Promise.all([left, ...waiting.map((job) => this.#giveBack(job))]);
  }

  /** The patience of whoever closes the worker has ended. */
  #giveUp(): void {
    const error = makeError("CANCELLED", "The worker was closed and did not wait any longer.");
    for (const job of [...this.#jobs.values()]) {
      job.lose(error);
      this.#giveBack(job).catch(() => undefined); // it never fails
    }
  }

  #giveBack(job: Job): Promise<void> {
    // If it fails, the connection is gone, and what it had in hand returns.
    return this.#settling(job, () => this.#ports.release(job.delivery).catch(() => undefined));
  }

  #isIdle(): boolean {
    return this.#jobs.size === 0 && this.#unanswered === 0;
  }

  #checkIdle(): void {
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** What an error says, as far as it can be kept with a dead letter. */
function textOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  // Through UTF-8 and back, so that halves of characters, which cannot travel, are replaced.
  return new TextDecoder().decode(new TextEncoder().encode(text.slice(0, MAX_ERROR_CHARACTERS)));
}
