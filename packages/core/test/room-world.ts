import { encodeValue, type Value } from "@hivellm/synap-protocol";
import { expect } from "vitest";
import type { Limits } from "../src/limits.ts";
import { bodyLength } from "../src/log/event-body.ts";
import { roomsImage } from "../src/log/room-image.ts";
import type { Request, Response } from "./calls.ts";
import { RoomLab, RoomPeer } from "./room-lab.ts";
import { type Keeping, type ModelRoom, RoomModel } from "./room-model.ts";
import { RoomReader } from "./room-reader.ts";

/** A party and what it must see. */
export interface Seat {
  peer: RoomPeer;
  readonly readers: Map<string, RoomReader>;
}

/** Which incarnation a subscription names. */
export type Naming = "none" | "current" | "other";

/** Longer than any room lives that nobody uses. */
const LONG_MS = 6_000;

/** Rooms, their parties, and the model that knows what each must see. */
export class RoomWorld {
  readonly lab: RoomLab;
  readonly model: RoomModel;
  readonly seats: readonly Seat[];

  constructor(limits: Partial<Limits>, seats = 4) {
    this.lab = new RoomLab(limits);
    this.model = new RoomModel(
      this.lab.nowMs,
      this.lab.limits,
      (room) => this.#readersOf(room).length,
      (room) => this.#created(room),
    );
    this.seats = Array.from({ length: seats }, () => this.#seat());
  }

  publish(name: string, data: Value, metadata: Record<string, string> | null): void {
    const eventType = `type-${String(data).length}`;
    const room = this.model.use(name, this.lab.seq + 1);
    const bytes = bodyLength({ eventType, metadata, data: encodeValue(data, "msgpack") });
    this.model.publish(room, { eventType, data, metadata, bytes });
    const request = { room: name, event: eventType, data, metadata: metadata ?? undefined };
    expect(this.lab.run("stream.publish", request)).toEqual({
      event_id: `${room.incarnation}-${room.newest}`,
      offset: room.newest,
      subscribers_notified: this.#readersOf(name).length,
    });
  }

  create(name: string, keeping: Keeping): void {
    const known = this.model.rooms.get(name);
    const request = { room: name, ...keeping };
    if (known === undefined) this.model.use(name, this.lab.seq + 1, keeping);
    else if (known.keeping === null) {
      known.keeping = keeping;
      this.model.trim(known);
    } else if (!this.#agree(known.keeping, keeping)) {
      expect(this.lab.refusal("stream.create", request).code).toBe("ALREADY_EXISTS");
      return;
    }
    const created = known === undefined;
    expect(this.lab.run("stream.create", request)).toEqual({ room: name, created });
  }

  remove(name: string): void {
    const room = this.model.rooms.get(name);
    if (room === undefined) {
      expect(this.lab.refusal("stream.delete", { room: name }).code).toBe("ROOM_NOT_FOUND");
      return;
    }
    this.model.remove(room); // before, so that whoever is told at once finds it gone
    this.lab.run("stream.delete", { room: name });
  }

  subscribe(
    seat: Seat,
    name: string,
    { naming, ...position }: { from_offset?: number; replay?: boolean; naming: Naming },
  ): void {
    const room = this.model.rooms.get(name);
    const known = seat.readers.get(name);
    const incarnation =
      naming === "current" ? room?.incarnation : naming === "other" ? 7 : undefined;
    const request = { room: name, ...position, incarnation };
    if (
      known === undefined &&
      this.#readersOf(name).length === this.lab.limits.maxSubscribersPerRoom
    ) {
      const error = this.lab.refusal("stream.subscribe", request, seat.peer);
      expect(error.code).toBe("SUBSCRIBER_LIMIT");
      return;
    }
    const start = startOf(room, request);
    const used = this.model.use(name, this.lab.seq + 1);
    if (known === undefined) {
      seat.readers.set(name, new RoomReader(used, start, () => this.model.rooms.get(name)));
    } else known.moveBack(start.want, start.isOwed);
    const reader = seat.readers.get(name) as RoomReader;
    expect(this.lab.run("stream.subscribe", request, seat.peer)).toEqual({
      room: name,
      next_offset: Math.max(reader.place, used.oldest),
      oldest_offset: used.oldest,
      newest_offset: used.newest,
      incarnation: used.incarnation,
    });
  }

  unsubscribe(seat: Seat, name: string): void {
    const success = seat.readers.has(name);
    this.#end(seat, name);
    expect(this.lab.run("stream.unsubscribe", { room: name }, seat.peer)).toEqual({ success });
  }

  freeze(seat: Seat): void {
    seat.peer.writable = false;
    for (const reader of seat.readers.values()) reader.isQuick = false;
  }

  drain(seat: Seat): void {
    this.lab.drain(seat.peer);
  }

  /** The party ends; another one sits down. */
  leave(seat: Seat): void {
    for (const name of [...seat.readers.keys()]) this.#end(seat, name);
    this.lab.part.forget(seat.peer);
    seat.peer = this.#peer(seat);
  }

  /** The party's connection breaks, and it comes back on another that may follow something already. */
  comeBack(seat: Seat, another: Seat): void {
    if (seat === another) {
      const peer = this.#peer(seat);
      this.lab.part.takeUp(seat.peer, peer);
      this.lab.part.forget(seat.peer);
      seat.peer = peer;
      for (const reader of seat.readers.values()) reader.isQuick = false;
      return;
    }
    for (const [name, reader] of seat.readers) {
      const own = another.readers.get(name);
      if (own === undefined) {
        another.readers.set(name, reader);
        reader.isQuick = false;
      } else own.moveBack(reader.place, reader.isOwed || reader.rooms[0]?.isGone === true);
    }
    seat.readers.clear();
    this.lab.part.takeUp(seat.peer, another.peer);
    this.lab.part.forget(seat.peer);
    seat.peer = this.#peer(seat);
  }

  /** The server starts anew: rooms are what they were, parties are gone, idleness counts from now. */
  restart(): void {
    for (const room of this.model.rooms.values()) room.leftMs = this.model.nowMs;
    this.lab.restart();
    for (const seat of this.seats) {
      seat.readers.clear();
      seat.peer = this.#peer(seat);
    }
  }

  history(name: string, from: number | undefined, to: number | undefined, limit: number): void {
    const request: Request<"stream.history"> = { room: name, limit };
    if (from !== undefined) request.from_offset = from;
    if (to !== undefined) request.to_offset = to;
    const { events, next_offset, ...others } = this.lab.run("stream.history", request);
    const room = this.model.rooms.get(name);
    const most = Number.POSITIVE_INFINITY;
    const { events: meant, ...bounds } = this.model.history(name, from ?? 0, to ?? most, limit);
    expect(others).toEqual(bounds);
    // A page may end early by its bytes, but not empty, and the next one begins where it ended.
    expect(events.length).toBeGreaterThanOrEqual(Math.min(1, meant.length));
    expect(events.map(({ offset, data }) => [offset, data])).toEqual(
      meant.slice(0, events.length).map(({ offset, data }) => [offset, data]),
    );
    const last = events.at(-1);
    if (last !== undefined) expect(next_offset).toBe(last.offset + 1);
    else if (from === undefined) expect(next_offset).toBe(room?.oldest ?? 1);
  }

  /** What lists and counts say. */
  look(): void {
    const items: Response<"stream.stats">[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = this.lab.run("stream.rooms", { cursor, limit: 2 });
      items.push(...page.items);
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    const rooms = [...this.model.rooms.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(items).toEqual(rooms.map((room) => this.model.stats(room)));
  }

  async advance(ms: number): Promise<void> {
    this.model.advance(ms);
    await this.lab.advance(ms);
  }

  turn(): void {
    this.lab.turn();
    for (const { peer, readers } of this.seats) {
      for (const reader of readers.values()) {
        if (reader.isQuick)
          expect(reader.isDone, `${reader.name} has this turn's events`).toBe(true);
        // Where the turn's work ended early, some had no step yet, even if there was nothing for them.
        const hadItsStep = reader.isQuick || this.lab.part.desk.counts.pumping === 0;
        reader.isQuick = peer.writable && reader.isDone && hadItsStep;
      }
    }
    this.#expectNoFaults();
  }

  /** Everybody reads, everything settles: nothing is left to say, and the journal says the same. */
  async settle(): Promise<void> {
    for (const seat of this.seats) this.drain(seat);
    do this.turn();
    while (this.lab.woken);
    for (const { readers } of this.seats) {
      for (const reader of readers.values()) expect(reader.isDone, reader.name).toBe(true);
    }
    this.look();
    expect(roomsImage(this.lab.fold())).toEqual(roomsImage(this.lab.state));
    for (const seat of this.seats) this.leave(seat);
    expect(this.lab.part.desk.counts).toEqual({
      ...{ rooms: 0, parties: 0, followers: 0, pumping: 0, fresh: 0 },
    });
    await this.advance(LONG_MS);
    this.turn();
    this.look();
  }

  #seat(): Seat {
    const seat: Partial<Seat> & Pick<Seat, "readers"> = { readers: new Map() };
    seat.peer = this.#peer(seat);
    return seat as Seat;
  }

  #peer({ readers }: Pick<Seat, "readers">): RoomPeer {
    const peer: RoomPeer = new RoomPeer((push) => {
      const reader = readers.get(push.fields.room as string);
      expect(peer.writable, "what is full gets nothing").toBe(true);
      expect(reader, "a push is about a room that is followed").toBeDefined();
      reader?.take(push);
    });
    return peer;
  }

  #readersOf(name: string): RoomReader[] {
    return this.seats.flatMap(({ readers }) => readers.get(name) ?? []);
  }

  /** Whoever follows the name follows this one, too. */
  #created(room: ModelRoom): void {
    for (const reader of this.#readersOf(room.name)) reader.rooms.push(room);
  }

  #end(seat: Seat, name: string): void {
    if (!seat.readers.delete(name)) return;
    const room = this.model.rooms.get(name);
    if (room !== undefined && this.#readersOf(name).length === 0) room.leftMs = this.model.nowMs;
  }

  #agree(one: Keeping, other: Keeping): boolean {
    const rules = [one, other].map((keeping) => JSON.stringify(this.model.rules(keeping)));
    return rules[0] === rules[1];
  }

  #expectNoFaults(): void {
    const faults = this.seats.flatMap(({ readers }) =>
      [...readers.values()].flatMap((reader) => reader.faults),
    );
    expect(faults).toEqual([]);
  }
}

/** Where a subscription begins, as the documents say it. */
function startOf(
  room: ModelRoom | undefined,
  request: Pick<Request<"stream.subscribe">, "from_offset" | "replay" | "incarnation">,
): { want: number; isOwed: boolean } {
  const { from_offset: from, replay, incarnation } = request;
  const newest = room?.newest ?? 0;
  const oldest = room?.oldest ?? 1;
  const isOwed = incarnation !== undefined && incarnation !== room?.incarnation;
  if (replay === false) return { want: newest + 1, isOwed };
  if (isOwed) return { want: oldest, isOwed };
  if (from === undefined) return { want: replay === true ? oldest : newest + 1, isOwed };
  const resumes = incarnation !== undefined && from > 0;
  if (resumes) return { want: from, isOwed };
  return { want: Math.max(oldest, from < 0 ? newest + 1 + from : from), isOwed };
}
