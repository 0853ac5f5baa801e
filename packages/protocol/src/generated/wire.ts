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
  {"name":"batch","number":100,"mutates":true,"request":[{"name":"commands","shape":"commands"}],"response":[{"name":"results","shape":"results"}]},
];

export const wireMessages: readonly WireMessage[] = [
  {"type":"hello","kind":-1,"from":"client","fields":[{"name":"client_id","optional":true},{"name":"resume","optional":true},{"name":"done","optional":true},{"name":"features","optional":true}]},
  {"type":"hello","kind":-1,"from":"server","fields":[{"name":"session"},{"name":"resume"},{"name":"resumed"},{"name":"boot_id"},{"name":"version"},{"name":"protocol"},{"name":"features"},{"name":"limits"},{"name":"durability"}]},
  {"type":"cancel","kind":-2,"from":"client","fields":[{"name":"request_id"}]},
  {"type":"done","kind":-3,"from":"client","fields":[{"name":"request_id"}]},
  {"type":"ping","kind":-5,"from":"client","fields":[{"name":"nonce","optional":true}]},
  {"type":"ping","kind":-5,"from":"server","fields":[{"name":"nonce","optional":true}]},
  {"type":"gap","kind":-6,"from":"server","fields":[{"name":"prefix","optional":true},{"name":"reason"},{"name":"from","optional":true},{"name":"to","optional":true},{"name":"lost","optional":true}]},
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
  "batch": {
    request: { commands: unknown[] };
    response: { results: unknown[] };
  };
}
