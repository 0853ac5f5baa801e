import type { SetAlarm } from "./alarm.ts";
import type { Clock } from "./clock.ts";
import type { Effect } from "./journal/journal.ts";
import type { Limits } from "./limits.ts";
import type { MemoryAccount } from "./memory-account.ts";
import type { Peer } from "./session/peer.ts";
import type { ServingClock } from "./session/serving-clock.ts";

/** What an engine's part needs of the whole. */
export interface PartPorts {
  readonly limits: Limits;
  readonly memory: MemoryAccount;
  readonly clock: Clock;
  /** For promises to parties, such as ack deadlines. */
  readonly serving: ServingClock;
  /** For calendar times, such as a time to live: fires when `nowMs` has reached them. */
  readonly atWall: SetAlarm;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Wall-clock time that never goes back. */
  nowMs(): number;
  /** The newest seq: what a push may show. */
  seq(): number;
  /** Gives the effects their seq, applies them, and adds them to this turn's block. */
  commit(effects: readonly Effect[]): void;
  /** Asks for `flush` at the end of this turn. */
  wake(): void;
}

/**
 * One engine in the whole: state that changes by effects, a desk that knows the parties, and the
 * handlers that decide. What it does on time or at the end of a turn is bounded per turn.
 */
export interface Part<E extends Effect> {
  /** Changes the state by an effect of its own, and tells its desk. */
  apply(effect: E, seq: number): void;
  /** The end of a turn: pushes leave for the outboxes, time-bound work goes on. */
  flush(): void;
  /** What it holds, in bytes. */
  bytes(): number;
  /** The party takes more. */
  drained(peer: Peer): void;
  /** The party said hello again: what was held against it is forgiven. */
  greeted(peer: Peer): void;
  /** Another party takes up what one left. */
  takeUp(from: Peer, to: Peer): void;
  /** The party has ended. */
  forget(peer: Peer): void;
  /** Ends all timers. */
  close(): void;
}
