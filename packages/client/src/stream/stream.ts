import { checkValue, eachItem, textsOf } from "../arguments.ts";
import type { Fields } from "../calls/call.ts";
import { type Caller, nothing } from "../calls/caller.ts";
import { renamed } from "../calls/specs.ts";
import { type Emitter, type Gap, guard } from "../events.ts";
import { readAll } from "../mailbox.ts";
import { asSubscription, checkHandler } from "../subscription.ts";
import { RoomReader } from "./room-reader.ts";
import type { Rooms, RoomTaker } from "./rooms.ts";
import type { Stream } from "./stream-api.ts";
import { eventOf } from "./stream-event.ts";
import type { EventsOptions, FollowOptions, PublishEventResult, StreamEvent } from "./types.ts";

const PUBLISH = renamed<PublishEventResult>("stream.publish");

/** The methods of event rooms. */
export function streamMethods(caller: Caller, followed: Rooms, emitter: Emitter): Stream {
  const rooms: Stream["rooms"] = caller.pages("stream.rooms", []);
  const history: Stream["history"] = caller.method("stream.history", ["room"], historyOf);
  return {
    create: caller.method("stream.create", ["room"]),
    delete: caller.method("stream.delete", ["room"], nothing),
    rooms,
    all: (prefix, options) => eachItem(rooms, prefix, options),
    stats: caller.method("stream.stats", ["room"]),
    history,

    publish: (room, eventType, data, metadata, options) =>
      caller.build(PUBLISH, options, () => {
        checkValue(data, "data");
        const payload: Fields = { room, event: eventType, data };
        if (metadata !== undefined && metadata !== null) {
          payload.metadata = textsOf(metadata, "metadata");
        }
        return payload;
      }),

    async subscribe<T>(
      room: string,
      onEvent: (event: StreamEvent<T>) => unknown,
      options: FollowOptions = {},
    ) {
      checkHandler(onEvent, "onEvent");
      const { fromOffset, replay, onGap } = options;
      const about = `the room "${room}"`;
      const guarded = (run: () => unknown): void =>
        guard(run, (thrown) => emitter.report(`A handler of ${about} failed.`, thrown));
      const taker: RoomTaker = {
        take: (event) => guarded(() => onEvent(event)),
        gap: (gap) => guarded(() => onGap?.(gap)),
        ended: (error) => {
          if (error !== null) emitter.report(`The subscription to ${about} has ended.`, error);
        },
      };
      const start = { fromOffset: fromOffset ?? undefined, replay: replay ?? undefined };
      const listener = await followed.add(room, taker, start, options);
      return asSubscription({ room }, () => followed.remove(room, listener));
    },

    async *events<T>(room: string, options: EventsOptions = {}) {
      const gap = (missed: Gap): void => emitter.emit("gap", missed);
      const reader = new RoomReader({ rooms: followed, history, gap }, room, options);
      yield* readAll<StreamEvent<T>>(reader, options.signal);
    },
  };
}

function historyOf({ events, next_offset, oldest_offset, newest_offset, incarnation }: Fields) {
  return {
    events: (events as Fields[]).map((event) => eventOf(event)),
    nextOffset: next_offset,
    oldestOffset: oldest_offset,
    newestOffset: newest_offset,
    incarnation,
  };
}
