import type { IncomingHttpHeaders } from "node:http";
import type { MessageFields } from "@hivellm/synap-protocol";
import { readQuery } from "../http/query.ts";
import {
  matchesTemplate,
  type RouteTemplate,
  rawParameters,
  routeTemplate,
} from "../http/route-template.ts";
import type { Target } from "../http/target.ts";
import {
  type FeedRequest,
  queueFeed,
  readLastEventId,
  readParty,
  roomFeed,
  topicsFeed,
} from "./feed-request.ts";
import { resumeId } from "./push-text.ts";

/** One of the ways to listen without a library. */
export interface FeedRoute {
  readonly template: RouteTemplate;
  /** What a request asks for; throws INVALID_REQUEST. */
  read(target: Target, headers: IncomingHttpHeaders): FeedRequest;
}

type Names = Readonly<Record<string, string>>;
type Query = ReturnType<typeof readQuery>;

function route(
  path: string,
  read: (names: Names, query: Query, headers: IncomingHttpHeaders) => FeedRequest,
): FeedRoute {
  const template = routeTemplate(path, () => false);
  return {
    template,
    read: (target, headers) =>
      read(
        Object.fromEntries(rawParameters(template, target.path)),
        readQuery(target.query),
        headers,
      ),
  };
}

/** The WebSockets of the tutorials. */
export const socketFeedRoutes: readonly FeedRoute[] = [
  route("/stream/{room}/ws/{subscriber}", ({ room = "", subscriber = "" }, query) => {
    readParty(subscriber, "subscriber");
    return roomFeed(room, query, null);
  }),
  route("/pubsub/ws", (_, query) => topicsFeed(query)),
  route("/queue/{queue}/ws/{consumer}", ({ queue = "", consumer = "" }, query) =>
    queueFeed(queue, consumer, query),
  ),
];

/** Server-sent events. */
export const eventStreamRoutes: readonly FeedRoute[] = [
  route("/stream/{room}/events", ({ room = "" }, query, headers) =>
    roomFeed(room, query, readLastEventId(headers["last-event-id"])),
  ),
  route("/pubsub/events", (_, query) => topicsFeed(query)),
];

/** The socket route of a raw path, if there is one. */
export function findSocketFeed(path: string): FeedRoute | undefined {
  return socketFeedRoutes.find(({ template }) => matchesTemplate(template, path));
}

/** Where a reader goes on that comes back before it was sent anything; null if nothing is kept. */
export function resumeIdOf(request: FeedRequest, answer: MessageFields): string | null {
  if (request.pushes !== "event") return null;
  return resumeId(Number(answer.incarnation), Number(answer.next_offset) - 1);
}
