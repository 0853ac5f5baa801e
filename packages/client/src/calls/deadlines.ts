import type { ClientClock } from "../platform/types.ts";
import type { Call } from "./call.ts";

/**
 * Every call that is under way, and one timer for all of their deadlines. The timer stands at the
 * earliest deadline there was when it was set; calls that ended meanwhile are found gone. So a call
 * costs four pointer writes, and with one time limit for all, a timer is set once per limit.
 *
 * D1  a call is in the list from `add` until `remove`
 * D2  while the list has a call, the timer stands at or before its deadline
 */
export class Deadlines {
  readonly #clock: ClientClock;
  readonly #expire: (call: Call) => void;
  #first: Call | null = null;
  #last: Call | null = null;
  #timerMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: ClientClock, expire: (call: Call) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  add(call: Call): void {
    call.previous = this.#last;
    if (this.#last === null) this.#first = call;
    else this.#last.next = call;
    this.#last = call;
    if (call.deadlineMs < this.#timerMs) this.#setTimer(call.deadlineMs); // D2
  }

  /** Takes a call out; false if it was not in. */
  remove(call: Call): boolean {
    const { previous, next } = call;
    if (previous === null && this.#first !== call) return false;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    call.previous = null;
    call.next = null;
    return true;
  }

  /** Takes out all calls and ends the timer. */
  drain(): Call[] {
    const calls: Call[] = [];
    for (let call = this.#first; call !== null; call = this.#first) {
      this.remove(call);
      calls.push(call);
    }
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerMs = Number.POSITIVE_INFINITY;
    return calls;
  }

  #setTimer(dueMs: number): void {
    this.#cancelTimer?.();
    this.#timerMs = dueMs;
    const delayMs = Math.ceil(dueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.setTimer(() => this.#sweep(), delayMs, false);
  }

  #sweep(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = null;
    const nowMs = this.#clock.nowMs();
    let nearestMs = Number.POSITIVE_INFINITY;
    const late: Call[] = [];
    for (let call = this.#first; call !== null; call = call.next) {
      if (call.deadlineMs <= nowMs) late.push(call);
      else if (call.deadlineMs < nearestMs) nearestMs = call.deadlineMs;
    }
    if (nearestMs < this.#timerMs) this.#setTimer(nearestMs); // D2
    for (const call of late) this.#expire(call);
  }
}
