import {
  decodeValue,
  type MessageFields,
  type TaggedValue,
  valueToJsonText,
} from "@hivellm/synap-protocol";

/**
 * An event of a room, for readers without the SDK. The tutorials call its type `event`, the SDK's
 * documents `event_type`: it has both.
 */
export function eventToJson(fields: MessageFields): string {
  const type = JSON.stringify(fields.event_type);
  const head = `"event_id":${JSON.stringify(fields.event_id)},"offset":${fields.offset}`;
  const data = valueToJsonText(fields.data as TaggedValue);
  return `{${head},"event":${type},"event_type":${type},"data":${data},"timestamp":${fields.timestamp}${metadataOf(fields)}}`;
}

/** The same as plain data. */
export function eventToObject(fields: MessageFields): Record<string, unknown> {
  const { event_id, offset, event_type, data, timestamp, metadata } = fields;
  return {
    event_id,
    offset,
    event: event_type,
    event_type,
    data: decodeValue(data as TaggedValue),
    timestamp,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** What was published beside it, as a last member. */
export function metadataOf({ metadata }: MessageFields): string {
  return metadata === undefined ? "" : `,"metadata":${JSON.stringify(metadata)}`;
}
