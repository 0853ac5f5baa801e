import type { ServerPush } from "@hivellm/synap-protocol";
import type { Peer } from "../session/peer.ts";
import type { Missed } from "./room-events.ts";

/** Where a follower begins. */
export interface Start {
  /** The first offset that it wants. */
  readonly next: number;
  /** Not null if it knew another incarnation: it is told so first. */
  readonly missed: Missed | null;
}

/** One party's place in the room of one name. */
export interface Follower {
  /** Changes when another party takes it up. */
  peer: Peer;
  readonly group: Group;
  live: boolean;
  /** The first offset that was not sent yet. */
  next: number;
  /** What it missed of an earlier incarnation, until it is told. */
  missed: Missed | null;
}

/** The followers of one name. */
export interface Group {
  readonly room: string;
  readonly followers: Set<Follower>;
  readonly live: Set<Follower>;
  /** This turn's events, for the live ones: they follow each other from offset `freshFrom` on. */
  fresh: ServerPush[];
  freshFrom: number;
  freshSeq: number;
}

interface Party {
  readonly rooms: Map<string, Follower>;
  /** Those that are not live: all that a drained socket has to look at. */
  readonly behind: Set<Follower>;
}

/**
 * Who follows which name.
 *
 * R1  a party follows a name at most once
 * R2  a follower is in its group's `live` if it is live, else in its party's `behind`
 * R3  a group without followers is gone, and so is a party that follows nothing
 */
export class RoomFollowers {
  readonly #groups = new Map<string, Group>();
  readonly #parties = new Map<Peer, Party>();

  find(peer: Peer, room: string): Follower | undefined {
    return this.#parties.get(peer)?.rooms.get(room);
  }

  groupOf(room: string): Group | undefined {
    return this.#groups.get(room);
  }

  /** How many follow a name. */
  countOf(room: string): number {
    return this.#groups.get(room)?.followers.size ?? 0;
  }

  /** How many names a party follows. */
  countBy(peer: Peer): number {
    return this.#parties.get(peer)?.rooms.size ?? 0;
  }

  /** Everything that a party follows, as it is now. */
  allOf(peer: Peer): readonly Follower[] {
    return [...(this.#parties.get(peer)?.rooms.values() ?? [])];
  }

  /** The followers of a party that are not live. */
  behindOf(peer: Peer): Iterable<Follower> {
    return this.#parties.get(peer)?.behind ?? [];
  }

  /** A party that does not follow this name begins to: not live yet. */
  add(peer: Peer, room: string, start: Start): Follower {
    let group = this.#groups.get(room);
    if (group === undefined) {
      const none = { fresh: [], freshFrom: 0, freshSeq: 0 };
      group = { room, followers: new Set(), live: new Set(), ...none };
      this.#groups.set(room, group);
    }
    const follower: Follower = { peer, group, live: false, ...start };
    group.followers.add(follower);
    this.#join(follower);
    return follower;
  }

  remove(follower: Follower): void {
    const { group } = follower;
    this.#part(follower);
    group.live.delete(follower);
    group.followers.delete(follower);
    if (group.followers.size === 0) this.#groups.delete(group.room); // R3
  }

  /** The follower becomes that of another party, which does not follow this name. */
  move(follower: Follower, to: Peer): void {
    this.#part(follower);
    follower.peer = to;
    this.#join(follower);
  }

  goLive(follower: Follower): void {
    follower.live = true; // R2
    follower.group.live.add(follower);
    this.#parties.get(follower.peer)?.behind.delete(follower);
  }

  fallBehind(follower: Follower): void {
    follower.live = false; // R2
    follower.group.live.delete(follower);
    this.#parties.get(follower.peer)?.behind.add(follower);
  }

  /** What is held in all. */
  get counts() {
    let followers = 0;
    for (const { rooms } of this.#parties.values()) followers += rooms.size;
    return { rooms: this.#groups.size, parties: this.#parties.size, followers };
  }

  #join(follower: Follower): void {
    let party = this.#parties.get(follower.peer);
    if (party === undefined) {
      party = { rooms: new Map(), behind: new Set() };
      this.#parties.set(follower.peer, party);
    }
    party.rooms.set(follower.group.room, follower); // R1
    if (!follower.live) party.behind.add(follower);
  }

  #part(follower: Follower): void {
    const party = this.#parties.get(follower.peer);
    party?.rooms.delete(follower.group.room);
    party?.behind.delete(follower);
    if (party?.rooms.size === 0) this.#parties.delete(follower.peer); // R3
  }
}
