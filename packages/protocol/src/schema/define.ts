import type { ErrorCode } from "../errors.ts";
import type { TObject } from "./types.ts";

/** What a caller must be allowed to do: an action on a resource, `{field}` filled from the request. */
export interface Access {
  readonly action: "read" | "write" | "serve" | "admin";
  /** Such as `kv:{key}`; a field that is a list stands for each of its members. */
  readonly resource: string;
}

/**
 * How a command is called over REST. `{field}` in the path is a request field; a list field takes
 * the one name of the path, so that `DELETE /kv/del/{keys}` deletes one key. For GET and DELETE
 * the other fields are query parameters, for POST members of the body.
 */
export interface HttpBinding {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /**
   * Where the answer is not 200 with the response as it is: the bare `value` (`GET /kv/get/{key}`),
   * 201 if it `created` something, one `delivery` of a queue (204 if there is none), or `events`
   * that name their type `event` as well.
   */
  readonly answer?: "value" | "created" | "delivery" | "events";
}

/**
 * A command, described once. REST routes, the command endpoint, both socket formats, validation,
 * OpenAPI, access rules and the SDK's wire types are made from this.
 */
export interface CommandDefinition {
  readonly name: string;
  /** Its number on the MessagePack wire. Never changed, never given out again. */
  readonly number: number;
  readonly summary: string;
  readonly description: string;
  /** The request's fields. Their order is their position on the wire: new ones go to the end. */
  readonly request: TObject;
  /** The answer's fields, in the order of the wire: new ones go to the end. */
  readonly response: TObject;
  /** The request field that names what the command is about; a shard is chosen by it. */
  readonly entity: string | null;
  /** Whether it can change state. Only these take `sync`, `guard` and `retry`. */
  readonly mutates: boolean;
  /** Whether it may wait before it answers, so that it cannot do so inside a batch. */
  readonly waits?: true;
  /** Whether it binds something to the caller's session, so that it cannot be called over HTTP. */
  readonly bindsSession?: true;
  readonly access: Access;
  readonly http?: HttpBinding;
  /** Groups of fields of which at most one may be given. */
  readonly exclusive?: readonly (readonly string[])[];
  /** The failures a caller should expect, beside those that every command can have. */
  readonly errors: readonly ErrorCode[];
}

/** Keeps the literal types of a definition. */
export function defineCommand<const T extends CommandDefinition>(definition: T): T {
  return definition;
}

/** A message that is neither a request nor an answer, described once like a command. */
export interface MessageDefinition {
  /** The `type` on the JSON wire. */
  readonly type: string;
  /** The negative kind on the MessagePack wire, by direction unique. */
  readonly kind: number;
  readonly from: "client" | "server";
  readonly summary: string;
  readonly fields: TObject;
}

export function defineMessage<const T extends MessageDefinition>(definition: T): T {
  return definition;
}
