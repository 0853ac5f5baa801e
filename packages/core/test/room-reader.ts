import {
  decodeValue,
  type MessageFields,
  type ServerPush,
  type TaggedValue,
} from "@hivellm/synap-protocol";
import type { ModelRoom } from "./room-model.ts";

/**
 * What one party must see of one name: each event once and in order; a gap exactly where retention
 * has passed it, and where an incarnation ends. It holds every push against the model, at the
 * moment it comes; what must not happen is collected in `faults`.
 */
export class RoomReader {
  readonly name: string;
  readonly faults: string[] = [];
  /** The incarnations that it has to read, the one that it is in first; all but the last are gone. */
  readonly rooms: ModelRoom[] = [];
  /** The next offset of the first of them. */
  want: number;
  /** It came with an incarnation that was not the room's, and must be told before anything else. */
  isOwed: boolean;
  /** It had everything at the end of the last turn and its socket took more ever since. */
  isQuick = false;
  readonly #current: () => ModelRoom | undefined;

  constructor(
    room: ModelRoom,
    start: { want: number; isOwed: boolean },
    current: () => ModelRoom | undefined,
  ) {
    this.name = room.name;
    this.rooms.push(room);
    this.want = start.want;
    this.isOwed = start.isOwed;
    this.#current = current;
  }

  /** Where it stands in the newest incarnation of the name. */
  get place(): number {
    return this.rooms[0]?.isGone === true ? 1 : this.want;
  }

  /** Whether there is nothing left for it. */
  get isDone(): boolean {
    const room = this.rooms[0];
    if (this.isOwed || room?.isGone === true) return false;
    return room === undefined || this.want > room.newest;
  }

  /** It asked again, or took over what another one had. */
  moveBack(want: number, isOwed: boolean): void {
    if (this.rooms[0]?.isGone !== true) this.want = Math.min(this.want, want);
    this.isOwed ||= isOwed;
    this.isQuick = false;
  }

  take({ type, fields }: ServerPush): void {
    if (type === "event") this.#event(fields);
    else if (fields.reason === "retention") this.#retention(fields);
    else this.#ended(fields);
  }

  #event(fields: MessageFields): void {
    const room = this.rooms[0];
    const event = room?.all[this.want - 1];
    if (this.isOwed) this.#fault("an event came before the gap", fields);
    if (room === undefined || event === undefined) {
      this.#fault(`an event came, wanted was ${this.want} of ${room?.incarnation}`, fields);
      return;
    }
    const { data, ...others } = fields;
    const said = JSON.stringify({ ...others, data: decodeValue(data as TaggedValue) });
    const meant = JSON.stringify({
      room: this.name,
      offset: event.offset,
      event_type: event.eventType,
      timestamp: event.timeMs,
      event_id: `${room.incarnation}-${event.offset}`,
      metadata: event.metadata ?? undefined,
      data: event.data,
    });
    if (said !== meant) this.#fault(`another event came than ${meant}`, fields);
    this.want++;
  }

  #retention(fields: MessageFields): void {
    const room = this.rooms[0];
    if (this.isOwed) this.#fault("the gap of an incarnation comes first", fields);
    if (this.isQuick) this.#fault("a gap came though it had kept up", fields);
    const meant = { from: this.want, to: (room?.oldest ?? 0) - 1, incarnation: room?.incarnation };
    this.#compare(fields, { ...meant, lost: meant.to - meant.from + 1 });
    if (meant.to < meant.from || room?.isGone === true) this.#fault("nothing was missed", fields);
    this.want = (fields.to as number) + 1;
  }

  #ended(fields: MessageFields): void {
    const gone = this.rooms.filter((room) => room.isGone);
    const first = gone[0];
    if (first === undefined && !this.isOwed) this.#fault("a gap came out of nothing", fields);
    const now = this.#current();
    const reason = now === undefined ? "deleted" : "recreated";
    this.#compare(fields, { reason, incarnation: now?.incarnation });
    if (first !== undefined && !this.isOwed) {
      const unread = Math.max(0, first.newest - this.want + 1);
      const later = gone.slice(1).reduce((sum, room) => sum + room.newest, 0);
      this.#compare(fields, {
        from: unread > 0 ? this.want : undefined,
        to: unread > 0 ? first.newest : undefined,
        lost: unread + later || undefined,
      });
    }
    this.isOwed = false;
    if (first === undefined) return;
    this.rooms.splice(0, gone.length);
    this.want = 1;
  }

  #compare(fields: MessageFields, meant: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(meant)) {
      if (fields[name] !== value) this.#fault(`${name} should be ${String(value)}`, fields);
    }
  }

  #fault(what: string, fields: MessageFields): void {
    this.faults.push(`${this.name}: ${what}: ${JSON.stringify(fields)}`);
  }
}
