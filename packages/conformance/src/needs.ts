import type { Need } from "./types.ts";

/** Something is bound to a session: it ends, or is taken over, when that does. */
export const aSession: Need = {
  capability: "session",
  reason: "an HTTP request has no session that could end",
};

export const noSession: Need = { capability: "sessionless", reason: "this caller has a session" };

export const pushes: Need = {
  capability: "pushes",
  reason: "nothing can be pushed to the caller of an HTTP request",
};

/** Receipts, positions and patterns as the wire has them. */
export const theWire: Need = {
  capability: "wire",
  reason: "the SDK keeps receipts and positions inside, and each of its handlers hears for itself",
};

export const aFrozenSocket: Need = {
  capability: "freezing",
  reason: "only the engine's own sink can be frozen at will",
};

export const aSocket: Need = {
  capability: "socket",
  reason: "only a bare socket says hello again, or breaks, when it is told to",
};
