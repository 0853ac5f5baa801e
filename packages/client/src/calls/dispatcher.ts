import type { SynapError } from "@hivellm/synap-protocol";
import { asClientError, makeError } from "../errors.ts";
import { type ResolvedConfig, readTimeout } from "../options.ts";
import type { Platform } from "../platform/types.ts";
import type { Transport } from "../transport/transport.ts";
import { backoffMs } from "./backoff.ts";
import { Call, type CallOptions, type CallSink, type CommandSpec, type Fields } from "./call.ts";
import { Deadlines } from "./deadlines.ts";

/** Answers by which the server says that it ran nothing and that a later try may do better. */
const NOTHING_RAN: ReadonlySet<string> = new Set(["LOADING", "OVERLOADED"]);

/**
 * Everything about a call but its way: its time limit, its signal, its repeats, its end.
 *
 * C1  a call that was started is settled exactly once
 * C2  a call whose command can change something is sent again only if nothing of it can have run
 * C3  an answer that comes too late for its caller goes to the command's `late`
 */
export class Dispatcher implements CallSink {
  readonly #config: ResolvedConfig;
  readonly #platform: Platform;
  readonly #deadlines: Deadlines;
  /** Calls that wait for their next try, with what cancels the wait. */
  readonly #resting = new Map<Call, () => void>();
  #closed = false;

  constructor(config: ResolvedConfig, platform: Platform) {
    this.#config = config;
    this.#platform = platform;
    this.#deadlines = new Deadlines(platform.clock, (call) => this.#give(call, timedOut(call)));
  }

  /** Runs a command over `route`. */
  start<T>(
    route: Transport,
    spec: CommandSpec<T>,
    payload: Fields,
    options?: CallOptions,
    members?: readonly string[],
  ): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.#begin(new Call(route, spec, payload, members, resolve, reject), options);
    }) as Promise<T>;
  }

  replied(call: Call, payload: Fields): void {
    if (this.#end(call)) call.resolve(call.result(payload));
    else call.late?.(payload); // C3
  }

  failed(call: Call, error: SynapError, sent: boolean): boolean {
    const delayMs = this.#delayOf(call, error, sent);
    if (delayMs === null) {
      if (this.#end(call)) call.reject(error);
      return false;
    }
    call.repeats++;
    const cancel = this.#platform.clock.setTimer(() => this.#again(call), delayMs, true);
    this.#resting.set(call, cancel);
    return true;
  }

  /** Rejects what is under way and refuses what comes. */
  close(): void {
    this.#closed = true;
    for (const call of this.#deadlines.drain()) {
      this.#rouse(call);
      call.release?.();
      call.reject(
        makeError(
          "CONNECTION_LOST",
          `The client was closed while ${call.command.name} was under way; whether it ran is unknown.`,
          { details: { command: call.command.name } },
        ),
      );
    }
  }

  #begin(call: Call, options: CallOptions | undefined): void {
    if (this.#closed) {
      call.reject(makeError("CONNECTION_LOST", "This client is closed; make a new SynapClient."));
      return;
    }
    try {
      call.timeoutMs = this.#config.timeoutMs;
      if (options !== undefined && !this.#listen(call, options)) return;
      call.deadlineMs = this.#platform.clock.nowMs() + call.timeoutMs;
      this.#deadlines.add(call);
      call.route.send(call);
    } catch (thrown) {
      this.#end(call);
      call.reject(asClientError(thrown));
    }
  }

  /** Returns false if the caller's signal has already ended the call. */
  #listen(call: Call, { signal, timeoutMs, waitMs }: CallOptions): boolean {
    if (timeoutMs !== undefined) call.timeoutMs = readTimeout(timeoutMs, "timeoutMs");
    if (waitMs !== undefined) call.timeoutMs += waitMs;
    if (signal === undefined) return true;
    if (signal.aborted) {
      call.reject(cancelled(call, signal));
      return false;
    }
    const abort = (): void => this.#give(call, cancelled(call, signal));
    signal.addEventListener("abort", abort, { once: true });
    call.release = () => signal.removeEventListener("abort", abort);
    return true;
  }

  /** How long to wait before the next try; null if there is none. */
  #delayOf(call: Call, error: SynapError, sent: boolean): number | null {
    const safe = !sent || !call.mutates; // C2
    const again = error.code === "CONNECTION_LOST" ? safe : NOTHING_RAN.has(error.code);
    const left = call.once || this.#closed ? 0 : this.#config.retries - call.repeats;
    if (!again || left <= 0) return null;
    const { clock, random } = this.#platform;
    const delayMs = backoffMs(this.#config, call.repeats + 1, random);
    // What would outlive its time limit fails now, with the reason and not with TIMEOUT.
    return clock.nowMs() + delayMs < call.deadlineMs ? delayMs : null;
  }

  #again(call: Call): void {
    this.#resting.delete(call);
    try {
      call.route.send(call);
    } catch (thrown) {
      if (this.#end(call)) call.reject(asClientError(thrown));
    }
  }

  /** The caller no longer waits. */
  #give(call: Call, error: SynapError): void {
    if (!this.#end(call)) return;
    this.#rouse(call);
    call.route.forget(call);
    call.reject(error);
  }

  #rouse(call: Call): void {
    this.#resting.get(call)?.();
    this.#resting.delete(call);
  }

  /** Whether the call was still under way (C1). */
  #end(call: Call): boolean {
    call.release?.();
    return this.#deadlines.remove(call);
  }
}

function timedOut({ command, timeoutMs, id }: Call): SynapError {
  return makeError(
    "TIMEOUT",
    `${command.name} had no answer within ${timeoutMs} ms; whether it ran is unknown.`,
    { details: { command: command.name, timeoutMs }, requestId: id === 0 ? undefined : id },
  );
}

function cancelled({ command, id }: Call, signal: AbortSignal): SynapError {
  return makeError("CANCELLED", `${command.name} was cancelled by the caller's signal.`, {
    details: { command: command.name },
    requestId: id === 0 ? undefined : id,
    cause: signal.reason,
  });
}
