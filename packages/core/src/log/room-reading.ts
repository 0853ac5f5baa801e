import type { AnswerOf, RequestOf } from "@hivellm/synap-protocol/schema";
import type { Arena } from "../tables/arena.ts";
import type { EventLog } from "./event-log.ts";
import { eventAnswer, weightOf } from "./room-events.ts";
import type { Start } from "./room-followers.ts";
import type { Room } from "./room-state.ts";

type History = AnswerOf<"stream.history">;

const DEFAULT_LIMIT = 100;

/** A room that is not there reads as a new one. */
export const NO_LOG = { oldest: 1, newest: 0 };
const NO_HISTORY: History = {
  events: [],
  next_offset: 1,
  oldest_offset: NO_LOG.oldest,
  newest_offset: NO_LOG.newest,
  incarnation: null,
};

/** One page of a room's events, or of none. */
export function readHistory(
  room: Room | undefined,
  { from_offset, to_offset, limit = DEFAULT_LIMIT }: RequestOf<"stream.history">,
  copies: Arena,
  maxPageBytes: number,
): History {
  if (room === undefined) return NO_HISTORY;
  const { log, incarnation } = room;
  const from = resolveOffset(log, from_offset ?? 0);
  const to = to_offset ?? log.newest;
  const events: History["events"] = [];
  let weight = 0;
  log.walk(from, (event) => {
    if (event.offset > to) return false;
    events.push(eventAnswer(incarnation, event, copies.copy(event.data)));
    weight += weightOf(event);
    return events.length < limit && weight < maxPageBytes;
  });
  return {
    events,
    next_offset: from + events.length,
    oldest_offset: log.oldest,
    newest_offset: log.newest,
    incarnation,
  };
}

/**
 * Where a subscription begins. One that resumes (it names the incarnation that it knew) begins
 * where it was, also where that is no longer kept: the desk tells what went.
 */
export function startOf(
  room: Room | undefined,
  { from_offset, replay, incarnation }: RequestOf<"stream.subscribe">,
): Start {
  const isOther = incarnation !== undefined && incarnation !== room?.incarnation;
  const missed = isOther ? {} : null;
  const replays = replay ?? (from_offset !== undefined || isOther);
  const log = room?.log ?? NO_LOG;
  if (!replays) return { next: log.newest + 1, missed };
  if (isOther || from_offset === undefined) return { next: log.oldest, missed };
  const resumes = incarnation !== undefined && from_offset > 0;
  return { next: resumes ? from_offset : resolveOffset(log, from_offset), missed };
}

/** The offset that is meant: n is from n on, or the earliest kept; −n is the last n. */
function resolveOffset(log: Pick<EventLog, "oldest" | "newest">, offset: number): number {
  return Math.max(log.oldest, offset < 0 ? log.newest + 1 + offset : offset);
}
