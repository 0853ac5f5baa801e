import { invalidRequest, SynapError } from "@hivellm/synap-protocol";

export function roomNotFound(room: string): SynapError {
  return new SynapError("ROOM_NOT_FOUND", `There is no room ${JSON.stringify(room)}.`, {
    details: { room },
  });
}

export function otherSettings(room: string, differing: readonly string[]): SynapError {
  const names = differing.join(", ");
  return new SynapError(
    "ALREADY_EXISTS",
    `The room ${JSON.stringify(room)} exists with another ${names}. Delete it first, or leave it as it is.`,
    { details: { room, differing } },
  );
}

export function needsEventType(): SynapError {
  return invalidRequest('The field "event" is missing.', {
    path: "event",
    expected: "a name that says what happened; event_type is taken too",
  });
}

export function subscriberLimit(message: string, limit: number): SynapError {
  return new SynapError("SUBSCRIBER_LIMIT", message, { details: { limit } });
}
