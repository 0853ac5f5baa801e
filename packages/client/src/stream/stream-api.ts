import type { Page } from "../arguments.ts";
import type { RequestOptions } from "../calls/call.ts";
import type { Untyped } from "../untyped.ts";
import type {
  EventMetadata,
  EventsOptions,
  FollowOptions,
  HistoryOptions,
  HistoryResult,
  PublishEventResult,
  RoomCreated,
  RoomListOptions,
  RoomOptions,
  RoomStats,
  RoomSubscription,
  StreamEvent,
} from "./types.ts";

/**
 * Event rooms: every event has an offset, is kept for a while, and reaches every subscriber once and
 * in order. A room's name is 1 to 512 bytes of UTF-8. Publishing and subscribing create a room that
 * does not exist. Every method can fail with ConnectionError, TimeoutError, AuthError and, for an
 * argument that breaks a rule, ValidationError.
 */
export interface Stream {
  /**
   * Creates a room. One that exists with the same settings is left as it is; one that came about by
   * being used adopts these.
   *
   * @throws SynapError ALREADY_EXISTS if it has other settings, OUT_OF_MEMORY
   * @example
   * await client.stream.create('chat-1', { maxEvents: 50_000, maxAgeSecs: 86_400 })
   */
  create(room: string, options?: RoomOptions): Promise<RoomCreated>;

  /**
   * Deletes a room with its events. Its subscribers are told a `gap` and stay: a room that comes back
   * under this name is theirs.
   *
   * @throws RoomNotFoundError
   */
  delete(room: string, options?: RequestOptions): Promise<void>;

  /**
   * Lists rooms page by page, in the order of their names' UTF-8 bytes.
   *
   * @example
   * const { items, cursor } = await client.stream.rooms({ prefix: 'chat-', limit: 50 })
   */
  rooms(page?: string | RoomListOptions): Promise<Page<RoomStats>>;

  /**
   * Iterates over the rooms whose names start with a prefix, all rooms if it is empty.
   *
   * @example
   * for await (const { room, events } of client.stream.all('chat-')) console.log(room, events)
   */
  all(prefix?: string, options?: RequestOptions): AsyncGenerator<RoomStats, void, undefined>;

  /**
   * Reads counts of one room.
   *
   * @throws RoomNotFoundError
   */
  stats(room: string, options?: RequestOptions): Promise<RoomStats>;

  /**
   * Adds an event to a room.
   *
   * @param eventType what happened, such as `message`
   * @param data any JSON value or bytes
   * @param metadata texts that travel beside it
   * @throws SynapError PAYLOAD_TOO_LARGE, OUT_OF_MEMORY
   * @example
   * const { offset } = await client.stream.publish('chat-1', 'message', { user: 'alice', text: 'Hi' })
   */
  publish(
    room: string,
    eventType: string,
    data: unknown,
    metadata?: EventMetadata | null,
    options?: RequestOptions,
  ): Promise<PublishEventResult>;

  /**
   * Reads kept events. A room that does not exist has none and is not created.
   *
   * @example
   * const { events } = await client.stream.history('chat-1', { fromOffset: -50, limit: 50 })
   */
  history<T = Untyped>(room: string, options?: HistoryOptions): Promise<HistoryResult<T>>;

  /**
   * Follows a room: `onEvent` gets each event once, in order, first the kept ones if they are asked
   * for, then the live ones. It resolves when the server follows. After a loss of the connection it
   * goes on where it was. A handler that throws or rejects is reported as `error` and ends nothing;
   * handlers are not awaited.
   *
   * @throws SynapError SUBSCRIBER_LIMIT, OUT_OF_MEMORY
   * @example
   * const subscription = await client.stream.subscribe('chat-1', (event) => {
   *   console.log(event.offset, event.eventType, event.data.text)
   * }, { fromOffset: -50 })
   * await subscription.unsubscribe()
   */
  subscribe<T = Untyped>(
    room: string,
    onEvent: (event: StreamEvent<T>) => unknown,
    options?: FollowOptions,
  ): Promise<RoomSubscription>;

  /**
   * Iterates over a room's events, kept and live, for as long as the loop runs. It begins with the
   * first step. A loop that is slow loses nothing: it reads kept events at its own pace, and what
   * this client holds for it stays within a page. `signal` ends it.
   *
   * @example
   * for await (const event of client.stream.events('audit', { fromOffset: 0 })) await store(event)
   */
  events<T = Untyped>(
    room: string,
    options?: EventsOptions,
  ): AsyncGenerator<StreamEvent<T>, void, undefined>;
}
