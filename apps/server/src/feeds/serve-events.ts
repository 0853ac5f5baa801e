import { SynapError } from "@hivellm/synap-protocol";
import type { Exchange } from "../http/exchange.ts";
import type { LastingRequests } from "../http/lasting-requests.ts";
import { EventStream } from "./event-stream.ts";
import { Feed, type FeedPorts } from "./feed.ts";
import { type FeedRoute, resumeIdOf } from "./feed-routes.ts";

const HEADERS = {
  // Proxies would hold the events back to fill a buffer.
  "x-accel-buffering": "no",
};

/** What event streams need of the server. */
export interface EventPorts extends FeedPorts {
  readonly lasting: LastingRequests;
}

/** Answers with server-sent events, until the reader goes or the server stops. */
export async function serveEvents(
  route: FeedRoute,
  exchange: Exchange,
  ports: EventPorts,
): Promise<void> {
  const { incoming, target } = exchange;
  const request = route.read(target, incoming.headers);
  if (incoming.method === "HEAD") {
    exchange.startStream("text/event-stream; charset=utf-8", HEADERS)?.end();
    return;
  }
  if (ports.lasting.isStopping) throw new SynapError("OVERLOADED", "The server is stopping.");
  const { feed, answer } = await Feed.open(request, ports);
  const outgoing = exchange.startStream("text/event-stream; charset=utf-8", HEADERS);
  if (outgoing === null) return feed.close("the reader is gone");
  outgoing.once(
    "close",
    ports.lasting.add(() => feed.finish("the server stops")),
  );
  new EventStream(outgoing, feed, {
    heartbeat: ports.heartbeat,
    resumeId: resumeIdOf(request, answer),
  });
}
