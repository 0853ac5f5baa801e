import type { Column } from "../tables/column.ts";
import { NameSet } from "../tables/name-set.ts";
import { DedupWindow } from "./dedup-window.ts";
import { MessageList } from "./message-list.ts";
import type { MessageTable } from "./message-table.ts";
import type { QueueSettings } from "./queue-effects.ts";
import { ReadyMessages } from "./ready-messages.ts";

/** What a queue costs when it is empty, and what a binding costs beside its pattern. */
const QUEUE_BYTES = 2_000;
const BINDING_BYTES = 500;

/** Counts since the queue was created, or since the server started. */
export interface QueueTotals {
  published: number;
  delivered: number;
  acked: number;
  nacked: number;
  timedOut: number;
  expired: number;
  deadLettered: number;
}

/** One queue: where its messages are, and what it was told. */
export class Queue {
  readonly name: string;
  /** Which queue it is, among all that ever were. */
  readonly serial: number;
  /** The seq that created it. */
  readonly incarnation: number;
  /** What is lined up belongs to this lot; a purge begins a new one. */
  lot = 0;
  settings: QueueSettings;
  /** It came about by being used, so that the first create decides its settings. */
  auto: boolean;
  /** It holds the dead letters of another queue: messages that fail here stay here. */
  readonly holdsDead: boolean;
  readonly ready: ReadyMessages;
  readonly delayed: MessageList;
  readonly inFlight: MessageList;
  readonly dedup = new DedupWindow();
  /** Patterns of pub/sub that it is bound to. */
  readonly patterns = new NameSet();
  readonly totals: QueueTotals = {
    published: 0,
    delivered: 0,
    acked: 0,
    nacked: 0,
    timedOut: 0,
    expired: 0,
    deadLettered: 0,
  };

  constructor(
    about: Pick<Queue, "name" | "serial" | "incarnation" | "settings" | "auto">,
    table: MessageTable,
    places: Column,
  ) {
    this.name = about.name;
    this.serial = about.serial;
    this.incarnation = about.incarnation;
    this.settings = about.settings;
    this.auto = about.auto;
    this.holdsDead = isDeadQueue(about.name);
    this.ready = new ReadyMessages(table, places, this.holdsDead);
    this.delayed = new MessageList(table);
    this.inFlight = new MessageList(table);
  }

  /** All messages that it holds. */
  get size(): number {
    return this.ready.size + this.delayed.size + this.inFlight.size;
  }

  /** What it costs beside its messages and what it remembers of dedup ids. */
  get bytes(): number {
    let bytes = emptyQueueBytes(this.name);
    for (const pattern of this.patterns) bytes += bindingBytes(pattern);
    return bytes;
  }
}

export function emptyQueueBytes(name: string): number {
  return QUEUE_BYTES + name.length;
}

export function bindingBytes(pattern: string): number {
  return BINDING_BYTES + pattern.length;
}

const DEAD_SUFFIX = ".dead";

/** Whether a queue of this name holds the dead letters of another, whoever used it first. */
export function isDeadQueue(name: string): boolean {
  return name.length > DEAD_SUFFIX.length && name.endsWith(DEAD_SUFFIX);
}

/** Where the dead letters of a queue are. */
export function deadQueueOf(name: string): string {
  return name + DEAD_SUFFIX;
}
