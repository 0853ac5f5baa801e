import { SynapError, type TaggedValue } from "@hivellm/synap-protocol";
import type { AnswerOf, CommandName, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Decided, DecisionContext, Handlers } from "../commands.ts";
import type { Limits } from "../limits.ts";
import type { MemoryAccount } from "../memory-account.ts";
import { pageOfNames } from "../pages.ts";
import { needsSession, outOfMemory, tooLarge } from "../refusals.ts";
import { Arena } from "../tables/arena.ts";
import { bodyLength } from "./event-body.ts";
import { eventBytes } from "./event-table.ts";
import { needsEventType, otherSettings, roomNotFound } from "./refusals.ts";
import { keepFrom } from "./retention.ts";
import type { RoomDesk } from "./room-desk.ts";
import type { RoomEffect, RoomSettings } from "./room-effects.ts";
import { eventId } from "./room-events.ts";
import { NO_LOG, readHistory, startOf } from "./room-reading.ts";
import { differingRules, type RoomRules, rulesOf, settingsOf } from "./room-settings.ts";
import { type Room, type RoomState, roomBytes } from "./room-state.ts";

type Answered<Name extends CommandName> = Decided<AnswerOf<Name>> | SynapError;
type Counts = AnswerOf<"stream.stats">;

const UNCHANGED: readonly RoomEffect[] = [];

/**
 * Decides the commands of rooms: state, command and time in; answer and effects, or a refusal, out.
 * Changes nothing itself but what its desk knows of who follows.
 */
export class RoomEngine implements Handlers<"stream"> {
  readonly #state: RoomState;
  readonly #desk: RoomDesk;
  readonly #limits: Limits;
  readonly #memory: MemoryAccount;
  readonly #defaults: RoomRules;
  readonly #answers = new Arena();

  constructor(parts: { state: RoomState; desk: RoomDesk; limits: Limits; memory: MemoryAccount }) {
    this.#state = parts.state;
    this.#desk = parts.desk;
    this.#limits = parts.limits;
    this.#memory = parts.memory;
    this.#defaults = rulesOf(null, parts.limits);
  }

  create(
    request: RequestOf<"stream.create">,
    { nowMs }: DecisionContext,
  ): Answered<"stream.create"> {
    const { room: name } = request;
    const settings = settingsOf(request);
    const room = this.#state.find(name);
    if (room === undefined) {
      if (this.#memory.refuses(roomBytes(name))) return outOfMemory();
      return { payload: { room: name, created: true }, effects: [creation(name, settings, nowMs)] };
    }
    const payload = { room: name, created: false };
    const rules = rulesOf(settings, this.#limits);
    if (room.settings !== null) {
      const differs = differingRules(this.#rulesOf(room), rules);
      return differs.length > 0 ? otherSettings(name, differs) : { payload, effects: UNCHANGED };
    }
    const effects: RoomEffect[] = [{ type: "stream.configure", room: name, settings }];
    const from = keepFrom(room.log, rules, nowMs, null);
    if (from > room.log.oldest) {
      effects.push({ type: "stream.trim", room: name, keepFrom: from, reason: "retention" });
    }
    return { payload, effects };
  }

  delete({ room }: RequestOf<"stream.delete">): Answered<"stream.delete"> {
    if (this.#state.find(room) === undefined) return roomNotFound(room);
    return {
      payload: { success: true },
      effects: [{ type: "stream.remove", room, reason: "deleted" }],
    };
  }

  /** One page of rooms, in order of their names. */
  rooms(request: RequestOf<"stream.rooms">): Answered<"stream.rooms"> {
    const payload = pageOfNames(this.#state.names, request, {
      command: "stream.rooms",
      maxPageBytes: this.#limits.maxPageBytes,
      item: (handle) => this.#countsOf(this.#state.at(handle)),
    });
    return payload instanceof SynapError ? payload : { payload, effects: UNCHANGED };
  }

  stats({ room: name }: RequestOf<"stream.stats">): Answered<"stream.stats"> {
    const room = this.#state.find(name);
    if (room === undefined) return roomNotFound(name);
    return { payload: this.#countsOf(room), effects: UNCHANGED };
  }

  publish(
    request: RequestOf<"stream.publish">,
    { seq, nowMs }: DecisionContext,
  ): Answered<"stream.publish"> {
    const { room: name, data } = request;
    const eventType = request.event ?? request.event_type;
    if (eventType === undefined) return needsEventType();
    const metadata = request.metadata ?? null;
    const room = this.#state.find(name);
    const bytes = bodyLength({ eventType, metadata, data });
    const refusal = this.#checkSize(room, data, bytes) ?? this.#checkMemory(room, name, bytes);
    if (refusal !== null) return refusal;
    const effects: RoomEffect[] = room === undefined ? [creation(name, null, nowMs)] : [];
    const offset = room === undefined ? 1 : room.log.newest + 1;
    effects.push({
      type: "stream.append",
      room: name,
      offset,
      eventType,
      data,
      metadata,
      timeMs: nowMs,
      keepFrom: room === undefined ? 1 : keepFrom(room.log, this.#rulesOf(room), nowMs, bytes),
    });
    const payload = {
      event_id: eventId(room?.incarnation ?? seq, offset),
      offset,
      subscribers_notified: this.#desk.followersOf(name),
    };
    return { payload, effects };
  }

  history(request: RequestOf<"stream.history">): Answered<"stream.history"> {
    const room = this.#state.find(request.room);
    const payload = readHistory(room, request, this.#answers, this.#limits.maxPageBytes);
    return { payload, effects: UNCHANGED };
  }

  subscribe(
    request: RequestOf<"stream.subscribe">,
    { seq, nowMs, peer }: DecisionContext,
  ): Answered<"stream.subscribe"> {
    if (peer === null) return needsSession("command");
    const { room: name } = request;
    const room = this.#state.find(name);
    if (room === undefined && this.#memory.refuses(roomBytes(name))) return outOfMemory();
    const next = this.#desk.follow(peer, name, startOf(room, request));
    if (next instanceof SynapError) return next;
    const { oldest, newest } = room?.log ?? NO_LOG;
    const payload = {
      room: name,
      next_offset: Math.max(next, oldest),
      oldest_offset: oldest,
      newest_offset: newest,
      incarnation: room?.incarnation ?? seq,
    };
    return { payload, effects: room === undefined ? [creation(name, null, nowMs)] : UNCHANGED };
  }

  unsubscribe(
    { room }: RequestOf<"stream.unsubscribe">,
    { peer }: DecisionContext,
  ): Answered<"stream.unsubscribe"> {
    if (peer === null) return needsSession("command");
    return { payload: { success: this.#desk.unfollow(peer, room) }, effects: UNCHANGED };
  }

  #countsOf({ name, log, incarnation }: Room): Counts {
    return {
      room: name,
      subscribers: this.#desk.followersOf(name),
      events: log.size,
      bytes: log.bytes,
      oldest_offset: log.oldest,
      newest_offset: log.newest,
      incarnation,
    };
  }

  #rulesOf({ settings }: Room): RoomRules {
    return settings === null ? this.#defaults : rulesOf(settings, this.#limits);
  }

  /** An event that its room could not keep is refused: it would be gone before anyone read it. */
  #checkSize(room: Room | undefined, data: TaggedValue, bytes: number): SynapError | null {
    const limit = this.#limits.maxValueBytes;
    if (data.length - 1 > limit) return tooLarge("data", limit, data.length - 1);
    const { maxBytes } = room === undefined ? this.#defaults : this.#rulesOf(room);
    if (maxBytes !== null && bytes > maxBytes) return tooLarge("data", maxBytes, bytes);
    return null;
  }

  #checkMemory(room: Room | undefined, name: string, bytes: number): SynapError | null {
    const growth = eventBytes(bytes) + (room === undefined ? roomBytes(name) : 0);
    return this.#memory.refuses(growth) ? outOfMemory() : null;
  }
}

function creation(room: string, settings: RoomSettings | null, timeMs: number): RoomEffect {
  return { type: "stream.create", room, settings, timeMs };
}
