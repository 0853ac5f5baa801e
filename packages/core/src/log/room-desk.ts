import type { ServerPush, SynapError } from "@hivellm/synap-protocol";
import type { Limits } from "../limits.ts";
import type { Peer } from "../session/peer.ts";
import { Arena } from "../tables/arena.ts";
import { subscriberLimit } from "./refusals.ts";
import { eventPush, gapPush, type Missed, weightOf } from "./room-events.ts";
import { type Follower, type Group, RoomFollowers, type Start } from "./room-followers.ts";
import type { Room, RoomChange, RoomState } from "./room-state.ts";

/** Events that a follower which is behind gets in one step, and all of them in one turn. */
const EVENTS_PER_STEP = 1_024;
const EVENTS_PER_TURN = 8 * EVENTS_PER_STEP;
/** The same in bytes, as pages. */
const PAGES_PER_TURN = 4;

/** A stretch of the log, made once for all that read it in the same turn. */
interface Page {
  readonly from: number;
  readonly next: number;
  readonly pushes: readonly ServerPush[];
  readonly weight: number;
}

/**
 * Sends rooms to those who follow them. A follower is a cursor, not a buffer: a slow one costs
 * nothing but its place.
 *
 * D1  everything kept before `next` has been sent, nothing from `next` on
 * D2  live: nothing waits in the log; what comes is sent at the end of its turn, as one push for all
 * D3  behind: it reads the log while its socket takes more, one step a turn, until it is live
 * D4  events that went before it read them are told as one gap, right before what follows them
 * D5  it is the name that is followed: when the room goes, one gap says so before the next
 *     incarnation is read from its beginning
 */
export class RoomDesk {
  readonly #state: RoomState;
  readonly #limits: Limits;
  readonly #seq: () => number;
  readonly #wake: () => void;
  readonly #onLeft: (room: string) => void;
  readonly #copies = new Arena();
  readonly #followers = new RoomFollowers();
  /** Groups with events of this turn. */
  readonly #fresh = new Set<Group>();
  /** Followers that are behind and whose socket took more when it was last seen. */
  readonly #pumping = new Set<Follower>();

  constructor(ports: {
    state: RoomState;
    limits: Limits;
    seq: () => number;
    /** Asks for `flush` at the end of this turn. */
    wake: () => void;
    /** Hears when a room loses its last follower. */
    onLeft: (room: string) => void;
  }) {
    this.#state = ports.state;
    this.#limits = ports.limits;
    this.#seq = ports.seq;
    this.#wake = ports.wake;
    this.#onLeft = ports.onLeft;
  }

  /** How many follow the room, or will when it comes back. */
  followersOf(room: string): number {
    return this.#followers.countOf(room);
  }

  /** What is held in all, so that tests see what stays behind. */
  get counts() {
    return {
      ...this.#followers.counts,
      pumping: this.#pumping.size,
      fresh: this.#fresh.size,
    };
  }

  /**
   * Begins to follow, or moves back what follows already, never forward; returns the first offset
   * that will be wanted. The first pushes come at the end of this turn.
   */
  follow(peer: Peer, room: string, start: Start): number | SynapError {
    const known = this.#followers.find(peer, room);
    if (known !== undefined) {
      this.#moveBack(known, start);
      return known.next;
    }
    const refusal = this.#refusalFor(peer, room);
    if (refusal !== null) return refusal;
    const follower = this.#followers.add(peer, room, start);
    this.#pump(follower); // not live at once: this turn's events may be from before
    return follower.next;
  }

  unfollow(peer: Peer, room: string): boolean {
    const follower = this.#followers.find(peer, room);
    if (follower === undefined) return false;
    this.#followers.remove(follower);
    this.#pumping.delete(follower);
    if (this.followersOf(room) === 0) {
      this.#fresh.delete(follower.group);
      this.#onLeft(room);
    }
    return true;
  }

  /** Ends everything that this party follows. */
  forget(peer: Peer): void {
    for (const { group } of this.#followers.allOf(peer)) this.unfollow(peer, group.room);
  }

  /**
   * Another party takes up what one followed. Where it follows the same room itself, it goes on at
   * the earlier of both places.
   */
  takeUp(from: Peer, to: Peer): void {
    for (const follower of this.#followers.allOf(from)) {
      const { room } = follower.group;
      const own = this.#followers.find(to, room);
      if (own !== undefined) this.#moveBack(own, follower);
      if (own !== undefined || this.#isFull(to)) {
        this.unfollow(from, room);
        continue;
      }
      this.#followers.move(follower, to);
      if (!follower.live) this.#pump(follower);
    }
  }

  /** The party's socket takes more. */
  drained(peer: Peer): void {
    for (const follower of this.#followers.behindOf(peer)) this.#pump(follower);
  }

  /** Hears of each change as it is applied. */
  onChange(change: RoomChange, seq: number): void {
    const group = this.#followers.groupOf(change.room.name);
    if (group === undefined) return;
    if (change.op === "removed") this.#tellRemoved(group, change.room, seq);
    if (change.op !== "appended" || group.live.size === 0) return;
    const { room, event } = change;
    const data = this.#copies.copy(event.data);
    if (group.fresh.length === 0) group.freshFrom = event.offset;
    group.fresh.push(eventPush(room.name, room.incarnation, event, data));
    group.freshSeq = seq;
    this.#fresh.add(group);
    this.#wake();
  }

  /** The end of a turn: live followers get this turn's events, the others one step. */
  flush(): void {
    for (const group of this.#fresh) this.#deliver(group);
    this.#fresh.clear();
    const pages = new Map<Group, Page>();
    let events = EVENTS_PER_TURN;
    let bytes = PAGES_PER_TURN * this.#limits.maxPageBytes;
    let turns = this.#pumping.size;
    for (const follower of this.#pumping) {
      if (turns-- === 0 || events <= 0 || bytes <= 0) break;
      this.#pumping.delete(follower);
      if (!follower.peer.writable) continue; // `drained` pumps it again
      const page = this.#step(follower, pages);
      events -= page.pushes.length;
      bytes -= page.weight;
      if (!follower.live) this.#pumping.add(follower); // behind those that had no turn yet
    }
    if (this.#pumping.size > 0) this.#wake();
  }

  #deliver(group: Group): void {
    const { fresh, freshFrom, freshSeq } = group;
    group.fresh = [];
    const next = freshFrom + fresh.length;
    for (const follower of group.live) {
      if (!follower.peer.writable) {
        this.#followers.fallBehind(follower); // D1: `next` is still the first of them
        continue;
      }
      // Who asked for an offset that is yet to come gets nothing before it.
      const mine = follower.next <= freshFrom ? fresh : fresh.slice(follower.next - freshFrom);
      if (mine.length > 0) follower.peer.push(mine, freshSeq);
      follower.next = Math.max(follower.next, next);
    }
  }

  /** Sends a follower that is behind the next stretch of the log, with what must be told before. */
  #step(follower: Follower, pages: Map<Group, Page>): Page {
    const { peer, group } = follower;
    const seq = this.#seq();
    const room = this.#state.find(group.room);
    if (follower.missed !== null) {
      const reason = room === undefined ? "deleted" : "recreated";
      peer.push([gapPush(group.room, reason, room?.incarnation, follower.missed)], seq); // D5
      follower.missed = null;
    }
    if (room === undefined) {
      this.#followers.goLive(follower);
      return NO_PAGE;
    }
    const { oldest, newest } = room.log;
    if (follower.next < oldest) {
      const missed = { from: follower.next, to: oldest - 1, lost: oldest - follower.next };
      peer.push([gapPush(room.name, "retention", room.incarnation, missed)], seq); // D4
      follower.next = oldest;
    }
    const page = this.#pageAt(room, follower, pages);
    if (page.pushes.length > 0) peer.push(page.pushes, seq);
    follower.next = page.next;
    if (follower.next > newest) this.#followers.goLive(follower); // D2: all of this turn is in the log
    return page;
  }

  #pageAt(room: Room, { group, next: from }: Follower, pages: Map<Group, Page>): Page {
    const known = pages.get(group);
    if (known?.from === from) return known;
    const pushes: ServerPush[] = [];
    let weight = 0;
    room.log.walk(from, (event) => {
      const data = this.#copies.copy(event.data);
      pushes.push(eventPush(room.name, room.incarnation, event, data));
      weight += weightOf(event);
      return pushes.length < EVENTS_PER_STEP && weight < this.#limits.maxPageBytes;
    });
    const page = { from, next: from + pushes.length, pushes, weight };
    pages.set(group, page);
    return page;
  }

  /** There will be nothing more of this incarnation: the next one of the name begins at 1 (D5). */
  #tellRemoved(group: Group, room: Room, seq: number): void {
    if (this.#fresh.delete(group)) this.#deliver(group);
    const told = [gapPush(room.name, "deleted", undefined, {})];
    for (const follower of group.followers) {
      if (follower.live && follower.peer.writable) follower.peer.push(told, seq);
      else {
        follower.missed = plus(follower.missed, follower.next, room.log.newest);
        if (follower.live) this.#followers.fallBehind(follower);
        this.#pump(follower);
      }
      follower.next = 1;
    }
  }

  #moveBack(follower: Follower, { next, missed }: Start): void {
    if (next >= follower.next && missed === null) return;
    follower.next = Math.min(follower.next, next);
    follower.missed ??= missed;
    if (follower.live) this.#followers.fallBehind(follower);
    this.#pump(follower);
  }

  #pump(follower: Follower): void {
    this.#pumping.add(follower);
    this.#wake();
  }

  #isFull(peer: Peer): boolean {
    return this.#followers.countBy(peer) >= this.#limits.maxSubscriptionsPerSession;
  }

  #refusalFor(peer: Peer, room: string): SynapError | null {
    const { maxSubscriptionsPerSession, maxSubscribersPerRoom } = this.#limits;
    if (this.#isFull(peer)) {
      const message = "This session follows as many rooms as it may.";
      return subscriberLimit(message, maxSubscriptionsPerSession);
    }
    if (this.followersOf(room) < maxSubscribersPerRoom) return null;
    return subscriberLimit("The room has as many subscribers as it may.", maxSubscribersPerRoom);
  }
}

const NO_PAGE: Page = { from: 0, next: 0, pushes: [], weight: 0 };

/** What a follower missed in all: offsets of the incarnation that it knew, events of every one. */
function plus(missed: Missed | null, next: number, newest: number): Missed {
  const lost = Math.max(0, newest - next + 1);
  if (missed !== null) return { ...missed, lost: (missed.lost ?? 0) + lost || undefined };
  return lost === 0 ? {} : { from: next, to: newest, lost };
}
