import { type Effect, isKvEffect, isQueueEffect, isRoomEffect } from "./journal/effects.ts";
import { KvState } from "./kv/kv-state.ts";
import { RoomState } from "./log/room-state.ts";
import { QueueState } from "./queue/queue-state.ts";

/** Everything that effects change: what recovery rebuilds from the journal. */
export class EngineState {
  readonly kv = new KvState();
  readonly queues = new QueueState();
  readonly rooms = new RoomState();

  /** Changes the state by one effect, as recovery does: nobody hears of it. */
  apply(effect: Effect, seq: number): void {
    if (isKvEffect(effect)) this.kv.apply(effect, seq);
    else if (isQueueEffect(effect)) this.queues.apply(effect, seq);
    else if (isRoomEffect(effect)) this.rooms.apply(effect, seq);
  }
}
