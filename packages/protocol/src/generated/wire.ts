// Made from the command definitions by `pnpm generate`. Do not edit.
import type { Value } from "../values.ts";
import type { WireCommand, WireMessage } from "../wire-table.ts";

export const wireCommands: readonly WireCommand[] = [
  {"name":"kv.set","number":1,"mutates":true,"request":[{"name":"key"},{"name":"value","shape":"value"},{"name":"ttl","optional":true},{"name":"ttl_ms","optional":true},{"name":"nx","optional":true},{"name":"xx","optional":true},{"name":"keep_ttl","optional":true},{"name":"if_version","optional":true},{"name":"if","shape":[{"name":"key"},{"name":"version"}],"optional":true},{"name":"get","optional":true},{"name":"session","optional":true}],"response":[{"name":"success"},{"name":"key"},{"name":"version"},{"name":"previous","shape":"value","optional":true}]},
  {"name":"kv.get","number":2,"request":[{"name":"key"}],"response":[{"name":"found"},{"name":"value","shape":"value"},{"name":"ttl"},{"name":"version"}]},
  {"name":"kv.del","number":3,"mutates":true,"request":[{"name":"keys"},{"name":"if","shape":[{"name":"key"},{"name":"version"}],"optional":true}],"response":[{"name":"deleted"}]},
  {"name":"kv.exists","number":4,"request":[{"name":"keys"}],"response":[{"name":"count"}]},
  {"name":"kv.incr","number":5,"mutates":true,"request":[{"name":"key"},{"name":"amount","optional":true},{"name":"ttl","optional":true},{"name":"ttl_ms","optional":true},{"name":"if","shape":[{"name":"key"},{"name":"version"}],"optional":true}],"response":[{"name":"value"}]},
  {"name":"kv.decr","number":6,"mutates":true,"request":[{"name":"key"},{"name":"amount","optional":true},{"name":"ttl","optional":true},{"name":"ttl_ms","optional":true},{"name":"if","shape":[{"name":"key"},{"name":"version"}],"optional":true}],"response":[{"name":"value"}]},
  {"name":"kv.expire","number":7,"mutates":true,"request":[{"name":"key"},{"name":"ttl","optional":true},{"name":"ttl_ms","optional":true}],"response":[{"name":"success"}]},
  {"name":"kv.persist","number":8,"mutates":true,"request":[{"name":"key"}],"response":[{"name":"success"}]},
  {"name":"kv.ttl","number":9,"request":[{"name":"key"}],"response":[{"name":"ttl"},{"name":"ttl_ms"}]},
  {"name":"kv.mset","number":10,"mutates":true,"request":[{"name":"entries","shape":[{"name":"key"},{"name":"value","shape":"value"},{"name":"ttl","optional":true},{"name":"ttl_ms","optional":true}]},{"name":"if","shape":[{"name":"key"},{"name":"version"}],"optional":true}],"response":[{"name":"version"}]},
  {"name":"kv.mget","number":11,"request":[{"name":"keys"}],"response":[{"name":"values","shape":[{"name":"found"},{"name":"value","shape":"value"},{"name":"ttl"},{"name":"version"}]}]},
  {"name":"kv.scan","number":12,"request":[{"name":"prefix","optional":true},{"name":"cursor","optional":true},{"name":"count","optional":true}],"response":[{"name":"keys"},{"name":"cursor"},{"name":"has_more"}]},
  {"name":"kv.stats","number":13,"request":[],"response":[{"name":"keys"},{"name":"keys_with_ttl"},{"name":"session_keys"},{"name":"bytes"},{"name":"max_memory_bytes"},{"name":"eviction_policy"},{"name":"hits"},{"name":"misses"},{"name":"expired"},{"name":"evicted"},{"name":"watchers"}]},
  {"name":"kv.watch","number":14,"request":[{"name":"prefix"},{"name":"from_version","optional":true}],"response":[{"name":"version"},{"name":"reset"}]},
  {"name":"kv.unwatch","number":15,"request":[{"name":"prefix"}],"response":[{"name":"success"}]},
  {"name":"queue.create","number":20,"mutates":true,"request":[{"name":"queue"},{"name":"max_depth","optional":true},{"name":"ack_deadline_secs","optional":true},{"name":"default_max_retries","optional":true},{"name":"retry_backoff_secs","optional":true},{"name":"retry_backoff_max_secs","optional":true},{"name":"dedup_window_secs","optional":true},{"name":"default_ttl_secs","optional":true},{"name":"exclusive","optional":true}],"response":[{"name":"queue"},{"name":"created"}]},
  {"name":"queue.delete","number":21,"mutates":true,"request":[{"name":"queue"}],"response":[{"name":"success"}]},
  {"name":"queue.list","number":22,"request":[{"name":"prefix","optional":true},{"name":"cursor","optional":true},{"name":"limit","optional":true}],"response":[{"name":"items","shape":[{"name":"name"},{"name":"depth"},{"name":"in_flight"},{"name":"delayed"},{"name":"dead"},{"name":"consumers"}]},{"name":"cursor"},{"name":"has_more"}]},
  {"name":"queue.stats","number":23,"request":[{"name":"queue"}],"response":[{"name":"queue"},{"name":"depth"},{"name":"in_flight"},{"name":"delayed"},{"name":"dead"},{"name":"consumers"},{"name":"published"},{"name":"delivered"},{"name":"acked"},{"name":"nacked"},{"name":"timed_out"},{"name":"expired"},{"name":"dead_lettered"},{"name":"oldest_message_age_secs"}]},
  {"name":"queue.purge","number":24,"mutates":true,"request":[{"name":"queue"}],"response":[{"name":"purged"}]},
  {"name":"queue.publish","number":25,"mutates":true,"request":[{"name":"queue"},{"name":"message","shape":"value","optional":true},{"name":"priority","optional":true},{"name":"headers","optional":true},{"name":"delay","optional":true},{"name":"max_retries","optional":true},{"name":"dedup_id","optional":true},{"name":"ttl","optional":true},{"name":"payload","optional":true}],"response":[{"name":"message_id"},{"name":"position"},{"name":"duplicate","optional":true}]},
  {"name":"queue.publish_many","number":26,"mutates":true,"request":[{"name":"queue"},{"name":"messages","shape":[{"name":"message","shape":"value","optional":true},{"name":"priority","optional":true},{"name":"headers","optional":true},{"name":"delay","optional":true},{"name":"max_retries","optional":true},{"name":"dedup_id","optional":true},{"name":"ttl","optional":true}]}],"response":[{"name":"messages","shape":[{"name":"message_id"},{"name":"position"},{"name":"duplicate","optional":true}]}]},
  {"name":"queue.consume","number":27,"mutates":true,"request":[{"name":"queue"},{"name":"consumer_id","optional":true},{"name":"max_messages","optional":true},{"name":"timeout","optional":true},{"name":"ack_deadline","optional":true}],"response":[{"name":"messages","shape":[{"name":"id"},{"name":"message_id"},{"name":"message","shape":"value"},{"name":"priority"},{"name":"retry_count"},{"name":"max_retries"},{"name":"headers"},{"name":"timestamp"},{"name":"deadline"}]}]},
  {"name":"queue.ack","number":28,"mutates":true,"request":[{"name":"queue"},{"name":"message_id"}],"response":[{"name":"success"}]},
  {"name":"queue.ack_many","number":29,"mutates":true,"request":[{"name":"queue"},{"name":"message_ids"}],"response":[{"name":"acked"},{"name":"missing"}]},
  {"name":"queue.nack","number":30,"mutates":true,"request":[{"name":"queue"},{"name":"message_id"},{"name":"requeue","optional":true},{"name":"delay","optional":true},{"name":"error","optional":true}],"response":[{"name":"success"},{"name":"action"}]},
  {"name":"queue.release","number":31,"mutates":true,"request":[{"name":"queue"},{"name":"message_id"}],"response":[{"name":"success"}]},
  {"name":"queue.extend","number":32,"mutates":true,"request":[{"name":"queue"},{"name":"message_id"},{"name":"ack_deadline","optional":true}],"response":[{"name":"success"},{"name":"deadline"}]},
  {"name":"queue.subscribe","number":33,"mutates":true,"request":[{"name":"queue"},{"name":"consumer_id","optional":true},{"name":"prefetch","optional":true},{"name":"ack_deadline","optional":true},{"name":"exclusive","optional":true}],"response":[{"name":"queue"}]},
  {"name":"queue.unsubscribe","number":34,"request":[{"name":"queue"}],"response":[{"name":"success"}]},
  {"name":"queue.bind","number":35,"mutates":true,"request":[{"name":"queue"},{"name":"pattern"}],"response":[{"name":"success"}]},
  {"name":"queue.unbind","number":36,"mutates":true,"request":[{"name":"queue"},{"name":"pattern"}],"response":[{"name":"success"}]},
  {"name":"queue.bindings","number":37,"request":[{"name":"queue"},{"name":"prefix","optional":true},{"name":"cursor","optional":true},{"name":"limit","optional":true}],"response":[{"name":"items","shape":[{"name":"pattern"}]},{"name":"cursor"},{"name":"has_more"}]},
  {"name":"queue.peek","number":38,"request":[{"name":"queue"},{"name":"limit","optional":true}],"response":[{"name":"messages","shape":[{"name":"id"},{"name":"message","shape":"value"},{"name":"priority"},{"name":"retry_count"},{"name":"max_retries"},{"name":"headers"},{"name":"timestamp"}]}]},
  {"name":"queue.dead.list","number":39,"request":[{"name":"queue"},{"name":"cursor","optional":true},{"name":"limit","optional":true}],"response":[{"name":"items","shape":[{"name":"id"},{"name":"message","shape":"value"},{"name":"priority"},{"name":"retry_count"},{"name":"max_retries"},{"name":"headers"},{"name":"timestamp"},{"name":"reason"},{"name":"error"},{"name":"failed_at"}]},{"name":"cursor"},{"name":"has_more"}]},
  {"name":"queue.dead.redrive","number":40,"mutates":true,"request":[{"name":"queue"},{"name":"limit","optional":true},{"name":"message_ids","optional":true}],"response":[{"name":"redriven"},{"name":"remaining"}]},
  {"name":"queue.dead.purge","number":41,"mutates":true,"request":[{"name":"queue"}],"response":[{"name":"purged"}]},
  {"name":"stream.create","number":50,"mutates":true,"request":[{"name":"room"},{"name":"max_events","optional":true},{"name":"max_bytes","optional":true},{"name":"max_age_secs","optional":true},{"name":"idle_ttl_secs","optional":true}],"response":[{"name":"room"},{"name":"created"}]},
  {"name":"stream.delete","number":51,"mutates":true,"request":[{"name":"room"}],"response":[{"name":"success"}]},
  {"name":"stream.rooms","number":52,"request":[{"name":"prefix","optional":true},{"name":"cursor","optional":true},{"name":"limit","optional":true}],"response":[{"name":"items","shape":[{"name":"room"},{"name":"subscribers"},{"name":"events"},{"name":"bytes"},{"name":"oldest_offset"},{"name":"newest_offset"},{"name":"incarnation"}]},{"name":"cursor"},{"name":"has_more"}]},
  {"name":"stream.stats","number":53,"request":[{"name":"room"}],"response":[{"name":"room"},{"name":"subscribers"},{"name":"events"},{"name":"bytes"},{"name":"oldest_offset"},{"name":"newest_offset"},{"name":"incarnation"}]},
  {"name":"stream.publish","number":54,"mutates":true,"request":[{"name":"room"},{"name":"event","optional":true},{"name":"data","shape":"value"},{"name":"metadata","optional":true},{"name":"event_type","optional":true}],"response":[{"name":"event_id"},{"name":"offset"},{"name":"subscribers_notified"}]},
  {"name":"stream.history","number":55,"request":[{"name":"room"},{"name":"from_offset","optional":true},{"name":"to_offset","optional":true},{"name":"limit","optional":true},{"name":"subscriber","optional":true}],"response":[{"name":"events","shape":[{"name":"offset"},{"name":"event_type"},{"name":"data","shape":"value"},{"name":"timestamp"},{"name":"event_id"},{"name":"metadata","optional":true}]},{"name":"next_offset"},{"name":"oldest_offset"},{"name":"newest_offset"},{"name":"incarnation"}]},
  {"name":"stream.subscribe","number":56,"mutates":true,"request":[{"name":"room"},{"name":"from_offset","optional":true},{"name":"replay","optional":true},{"name":"incarnation","optional":true}],"response":[{"name":"room"},{"name":"next_offset"},{"name":"oldest_offset"},{"name":"newest_offset"},{"name":"incarnation"}]},
  {"name":"stream.unsubscribe","number":57,"request":[{"name":"room"}],"response":[{"name":"success"}]},
  {"name":"pubsub.publish","number":60,"mutates":true,"request":[{"name":"topic"},{"name":"message","shape":"value","optional":true},{"name":"metadata","optional":true},{"name":"payload","shape":"value","optional":true},{"name":"data","shape":"value","optional":true}],"response":[{"name":"message_id"},{"name":"topic"},{"name":"subscribers_matched"}]},
  {"name":"pubsub.subscribe","number":61,"request":[{"name":"topics"},{"name":"group","optional":true}],"response":[{"name":"topics"}]},
  {"name":"pubsub.unsubscribe","number":62,"request":[{"name":"topics","optional":true},{"name":"group","optional":true}],"response":[{"name":"removed"}]},
  {"name":"pubsub.topics","number":63,"request":[{"name":"prefix","optional":true},{"name":"cursor","optional":true},{"name":"limit","optional":true}],"response":[{"name":"items","shape":[{"name":"topic"},{"name":"subscribers"}]},{"name":"cursor"},{"name":"has_more"}]},
  {"name":"pubsub.stats","number":64,"request":[],"response":[{"name":"topics"},{"name":"subscribers"},{"name":"bindings"},{"name":"published"},{"name":"delivered"},{"name":"dropped"}]},
  {"name":"batch","number":100,"mutates":true,"request":[{"name":"commands","shape":"commands"}],"response":[{"name":"results","shape":"results"}]},
];

export const wireMessages: readonly WireMessage[] = [
  {"type":"hello","kind":-1,"from":"client","fields":[{"name":"client_id","optional":true},{"name":"resume","optional":true},{"name":"done","optional":true},{"name":"features","optional":true}]},
  {"type":"hello","kind":-1,"from":"server","fields":[{"name":"session"},{"name":"resume"},{"name":"resumed"},{"name":"boot_id"},{"name":"version"},{"name":"protocol"},{"name":"features"},{"name":"limits"},{"name":"durability"}]},
  {"type":"cancel","kind":-2,"from":"client","fields":[{"name":"request_id"}]},
  {"type":"done","kind":-3,"from":"client","fields":[{"name":"request_id"}]},
  {"type":"ping","kind":-5,"from":"client","fields":[{"name":"nonce","optional":true}]},
  {"type":"ping","kind":-5,"from":"server","fields":[{"name":"nonce","optional":true}]},
  {"type":"gap","kind":-6,"from":"server","fields":[{"name":"prefix","optional":true},{"name":"reason"},{"name":"from","optional":true},{"name":"to","optional":true},{"name":"lost","optional":true},{"name":"kind","optional":true},{"name":"room","optional":true},{"name":"incarnation","optional":true}]},
  {"type":"event","kind":-7,"from":"server","fields":[{"name":"room"},{"name":"offset"},{"name":"event_type"},{"name":"data","shape":"value"},{"name":"timestamp"},{"name":"event_id"},{"name":"metadata","optional":true}]},
  {"type":"message","kind":-8,"from":"server","fields":[{"name":"topic"},{"name":"message","shape":"value"},{"name":"message_id"},{"name":"timestamp"},{"name":"metadata","optional":true},{"name":"group","optional":true}]},
  {"type":"delivery","kind":-9,"from":"server","fields":[{"name":"queue"},{"name":"id"},{"name":"message_id"},{"name":"message","shape":"value"},{"name":"priority"},{"name":"retry_count"},{"name":"max_retries"},{"name":"headers"},{"name":"timestamp"},{"name":"deadline"}]},
  {"type":"watch","kind":-11,"from":"server","fields":[{"name":"prefix"},{"name":"op"},{"name":"key"},{"name":"value","shape":"value","optional":true},{"name":"version"},{"name":"ttl","optional":true}]},
  {"type":"synced","kind":-12,"from":"server","fields":[{"name":"prefix"},{"name":"version"}]},
];

/** The requests and answers of all commands as they stand on the JSON wire. */
export interface CommandPayloads {
  "kv.set": {
    request: { key: string; value: Value; ttl?: number; ttl_ms?: number; nx?: boolean; xx?: boolean; keep_ttl?: boolean; if_version?: number; if?: ({ key: string; version: number })[]; get?: boolean; session?: boolean };
    response: { success: boolean; key: string; version: number; previous?: Value };
  };
  "kv.get": {
    request: { key: string };
    response: { found: boolean; value: Value; ttl: number | null; version: number };
  };
  "kv.del": {
    request: { keys: (string)[]; if?: ({ key: string; version: number })[] };
    response: { deleted: number };
  };
  "kv.exists": {
    request: { keys: (string)[] };
    response: { count: number };
  };
  "kv.incr": {
    request: { key: string; amount?: number; ttl?: number; ttl_ms?: number; if?: ({ key: string; version: number })[] };
    response: { value: number };
  };
  "kv.decr": {
    request: { key: string; amount?: number; ttl?: number; ttl_ms?: number; if?: ({ key: string; version: number })[] };
    response: { value: number };
  };
  "kv.expire": {
    request: { key: string; ttl?: number; ttl_ms?: number };
    response: { success: boolean };
  };
  "kv.persist": {
    request: { key: string };
    response: { success: boolean };
  };
  "kv.ttl": {
    request: { key: string };
    response: { ttl: number | null; ttl_ms: number | null };
  };
  "kv.mset": {
    request: { entries: ({ key: string; value: Value; ttl?: number; ttl_ms?: number })[]; if?: ({ key: string; version: number })[] };
    response: { version: number };
  };
  "kv.mget": {
    request: { keys: (string)[] };
    response: { values: ({ found: boolean; value: Value; ttl: number | null; version: number })[] };
  };
  "kv.scan": {
    request: { prefix?: string; cursor?: string; count?: number };
    response: { keys: (string)[]; cursor: string | null; has_more: boolean };
  };
  "kv.stats": {
    request: Record<string, never>;
    response: { keys: number; keys_with_ttl: number; session_keys: number; bytes: number; max_memory_bytes: number | null; eviction_policy: string; hits: number; misses: number; expired: number; evicted: number; watchers: number };
  };
  "kv.watch": {
    request: { prefix: string; from_version?: number };
    response: { version: number; reset: boolean };
  };
  "kv.unwatch": {
    request: { prefix: string };
    response: { success: boolean };
  };
  "queue.create": {
    request: { queue: string; max_depth?: number; ack_deadline_secs?: number; default_max_retries?: number; retry_backoff_secs?: number; retry_backoff_max_secs?: number; dedup_window_secs?: number; default_ttl_secs?: number; exclusive?: boolean };
    response: { queue: string; created: boolean };
  };
  "queue.delete": {
    request: { queue: string };
    response: { success: boolean };
  };
  "queue.list": {
    request: { prefix?: string; cursor?: string; limit?: number };
    response: { items: ({ name: string; depth: number; in_flight: number; delayed: number; dead: number; consumers: number })[]; cursor: string | null; has_more: boolean };
  };
  "queue.stats": {
    request: { queue: string };
    response: { queue: string; depth: number; in_flight: number; delayed: number; dead: number; consumers: number; published: number; delivered: number; acked: number; nacked: number; timed_out: number; expired: number; dead_lettered: number; oldest_message_age_secs: number | null };
  };
  "queue.purge": {
    request: { queue: string };
    response: { purged: number };
  };
  "queue.publish": {
    request: { queue: string; message?: Value; priority?: number; headers?: Record<string, unknown>; delay?: number; max_retries?: number; dedup_id?: string; ttl?: number; payload?: (number)[] };
    response: { message_id: string; position: number; duplicate?: boolean };
  };
  "queue.publish_many": {
    request: { queue: string; messages: ({ message?: Value; priority?: number; headers?: Record<string, unknown>; delay?: number; max_retries?: number; dedup_id?: string; ttl?: number })[] };
    response: { messages: ({ message_id: string; position: number; duplicate?: boolean })[] };
  };
  "queue.consume": {
    request: { queue: string; consumer_id?: string; max_messages?: number; timeout?: number; ack_deadline?: number };
    response: { messages: ({ id: string; message_id: string; message: Value; priority: number; retry_count: number; max_retries: number; headers: Record<string, unknown>; timestamp: number; deadline: number })[] };
  };
  "queue.ack": {
    request: { queue: string; message_id: string };
    response: { success: boolean };
  };
  "queue.ack_many": {
    request: { queue: string; message_ids: (string)[] };
    response: { acked: number; missing: (string)[] };
  };
  "queue.nack": {
    request: { queue: string; message_id: string; requeue?: boolean; delay?: number; error?: string };
    response: { success: boolean; action: "requeued" | "dead_lettered" };
  };
  "queue.release": {
    request: { queue: string; message_id: string };
    response: { success: boolean };
  };
  "queue.extend": {
    request: { queue: string; message_id: string; ack_deadline?: number };
    response: { success: boolean; deadline: number };
  };
  "queue.subscribe": {
    request: { queue: string; consumer_id?: string; prefetch?: number; ack_deadline?: number; exclusive?: boolean };
    response: { queue: string };
  };
  "queue.unsubscribe": {
    request: { queue: string };
    response: { success: boolean };
  };
  "queue.bind": {
    request: { queue: string; pattern: string };
    response: { success: boolean };
  };
  "queue.unbind": {
    request: { queue: string; pattern: string };
    response: { success: boolean };
  };
  "queue.bindings": {
    request: { queue: string; prefix?: string; cursor?: string; limit?: number };
    response: { items: ({ pattern: string })[]; cursor: string | null; has_more: boolean };
  };
  "queue.peek": {
    request: { queue: string; limit?: number };
    response: { messages: ({ id: string; message: Value; priority: number; retry_count: number; max_retries: number; headers: Record<string, unknown>; timestamp: number })[] };
  };
  "queue.dead.list": {
    request: { queue: string; cursor?: string; limit?: number };
    response: { items: ({ id: string; message: Value; priority: number; retry_count: number; max_retries: number; headers: Record<string, unknown>; timestamp: number; reason: "max_retries" | "deadline" | "rejected"; error: string | null; failed_at: number })[]; cursor: string | null; has_more: boolean };
  };
  "queue.dead.redrive": {
    request: { queue: string; limit?: number; message_ids?: (string)[] };
    response: { redriven: number; remaining: number };
  };
  "queue.dead.purge": {
    request: { queue: string };
    response: { purged: number };
  };
  "stream.create": {
    request: { room: string; max_events?: number; max_bytes?: number; max_age_secs?: number; idle_ttl_secs?: number };
    response: { room: string; created: boolean };
  };
  "stream.delete": {
    request: { room: string };
    response: { success: boolean };
  };
  "stream.rooms": {
    request: { prefix?: string; cursor?: string; limit?: number };
    response: { items: ({ room: string; subscribers: number; events: number; bytes: number; oldest_offset: number; newest_offset: number; incarnation: number })[]; cursor: string | null; has_more: boolean };
  };
  "stream.stats": {
    request: { room: string };
    response: { room: string; subscribers: number; events: number; bytes: number; oldest_offset: number; newest_offset: number; incarnation: number };
  };
  "stream.publish": {
    request: { room: string; event?: string; data: Value; metadata?: Record<string, unknown>; event_type?: string };
    response: { event_id: string; offset: number; subscribers_notified: number };
  };
  "stream.history": {
    request: { room: string; from_offset?: number; to_offset?: number; limit?: number; subscriber?: string };
    response: { events: ({ offset: number; event_type: string; data: Value; timestamp: number; event_id: string; metadata?: Record<string, unknown> })[]; next_offset: number; oldest_offset: number; newest_offset: number; incarnation: number | null };
  };
  "stream.subscribe": {
    request: { room: string; from_offset?: number; replay?: boolean; incarnation?: number };
    response: { room: string; next_offset: number; oldest_offset: number; newest_offset: number; incarnation: number };
  };
  "stream.unsubscribe": {
    request: { room: string };
    response: { success: boolean };
  };
  "pubsub.publish": {
    request: { topic: string; message?: Value; metadata?: Record<string, unknown>; payload?: Value; data?: Value };
    response: { message_id: string; topic: string; subscribers_matched: number };
  };
  "pubsub.subscribe": {
    request: { topics: (string)[]; group?: string };
    response: { topics: (string)[] };
  };
  "pubsub.unsubscribe": {
    request: { topics?: (string)[]; group?: string };
    response: { removed: number };
  };
  "pubsub.topics": {
    request: { prefix?: string; cursor?: string; limit?: number };
    response: { items: ({ topic: string; subscribers: number })[]; cursor: string | null; has_more: boolean };
  };
  "pubsub.stats": {
    request: Record<string, never>;
    response: { topics: number; subscribers: number; bindings: number; published: number; delivered: number; dropped: number };
  };
  "batch": {
    request: { commands: unknown[] };
    response: { results: unknown[] };
  };
}
