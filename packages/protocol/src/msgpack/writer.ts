/**
 * The client's side of the MessagePack socket, written in place: requests and notices go straight
 * into the frame that carries them. What the bytes mean stands in `frames.ts`.
 *
 * A frame lies in a slab that later frames share and that nobody writes twice, so what was taken
 * stays as it is, and a message can be sent again from where it lies.
 */
import { invalidRequest } from "../errors.ts";
import type { CallOptions, ClientNoticeType } from "../messages.ts";
import { normalize } from "../normalize.ts";
import { asObject, refuseUnknownFields } from "../readable.ts";
import { findWireCommand, messageByType, type WireCommand, type WireField } from "../wire-table.ts";
import { ARRAY_16_BYTES, MsgpackBytes, NIL, noValue, SLAB_BYTES } from "./bytes.ts";

type Fields = Record<string, unknown>;

/** A slab with less room than this is left behind when a frame ends. */
const MIN_ROOM_BYTES = 1024;

/** Collects messages for one frame after the other. */
export class MsgpackFrameWriter {
  /** A frame begins with room for the header of an array of messages. */
  readonly #out = new MsgpackBytes(ARRAY_16_BYTES);
  #count = 0;
  #messageStart = 0;

  /** How many messages the frame holds so far. */
  get count(): number {
    return this.#count;
  }

  /** How many bytes they take. */
  get size(): number {
    return this.#out.at - this.#out.start - ARRAY_16_BYTES;
  }

  /** Where the newest message lies: in `slab` from `messageStart` to `messageEnd`. */
  get slab(): Uint8Array {
    return this.#out.slab;
  }

  get messageStart(): number {
    return this.#messageStart;
  }

  get messageEnd(): number {
    return this.#out.at;
  }

  /** Adds a request. Throws INVALID_REQUEST for what cannot travel; the frame is then as before. */
  request(id: number, command: WireCommand, payload: Fields, options?: CallOptions): void {
    const from = this.#out.at;
    try {
      const header = this.#out.openArray(command.request.length + 3);
      this.#out.integer(id);
      this.#call(command, payload, options, header, 1);
      this.#messageStart = from;
      this.#count++;
    } catch (error) {
      this.#out.at = from;
      throw error;
    }
  }

  /** Adds a hello, cancel, done or ping. */
  notice(type: ClientNoticeType, fields: Fields): void {
    const definition = messageByType("client", type);
    if (definition === undefined) throw invalidRequest(`There is no message of type ${type}.`);
    const from = this.#out.at;
    try {
      const header = this.#out.openArray(definition.fields.length + 1);
      this.#out.integer(definition.kind);
      const used = this.#fields(definition.fields, fields, "", type);
      this.#out.closeArray(header, definition.fields.length + 1, 1 + used);
      this.#count++;
    } catch (error) {
      this.#out.at = from;
      throw error;
    }
  }

  /** Adds plain data, such as a readable request; it must have been normalised. */
  data(data: unknown): void {
    this.#out.data(data);
    this.#count++;
  }

  /** Adds a message as it was written before, from the slab it lies in. */
  repeat(slab: Uint8Array, start: number, end: number): void {
    this.#out.room(end - start);
    this.#messageStart = this.#out.at;
    this.#out.slab.set(slab.subarray(start, end), this.#out.at);
    this.#out.at += end - start;
    this.#count++;
  }

  /** The frame, ready to be sent; the next one begins. */
  take(): Uint8Array<ArrayBuffer> {
    const frame = this.#frame(this.#out.at, this.#count);
    this.#begin();
    return frame;
  }

  /** The frame without its newest message, with which the next one begins. */
  takeButLast(): Uint8Array<ArrayBuffer> {
    const { slab, at } = this.#out;
    const from = this.#messageStart;
    const frame = this.#frame(from, this.#count - 1);
    this.#begin();
    this.repeat(slab, from, at);
    return frame;
  }

  /** Drops what was not taken. */
  clear(): void {
    this.#begin();
  }

  #frame(end: number, count: number): Uint8Array<ArrayBuffer> {
    const { slab, start } = this.#out;
    if (count === 1) return slab.subarray(start + ARRAY_16_BYTES, end);
    this.#out.array16(start, count);
    return slab.subarray(start, end);
  }

  #begin(): void {
    this.#count = 0;
    const { at } = this.#out;
    this.#out.begin(at + MIN_ROOM_BYTES > SLAB_BYTES ? null : at, ARRAY_16_BYTES);
  }

  #call(
    command: WireCommand,
    payload: Fields,
    options: CallOptions | undefined,
    header: number,
    before: number,
  ): void {
    const fields = command.request;
    this.#out.integer(command.number);
    let used = this.#fields(fields, payload, "", command.name);
    if (options !== undefined) {
      for (; used < fields.length; used++) this.#out.byte(NIL);
      this.#out.data(options);
      used++;
    }
    this.#out.closeArray(header, fields.length + 3, before + 1 + used);
  }

  /** Writes the fields in their order and returns how many; absent ones at the end are left out. */
  #fields(fields: readonly WireField[], payload: Fields, path: string, what: string): number {
    let left = 0;
    for (const _ in payload) left++;
    let used = 0;
    let end = this.#out.at;
    for (let i = 0; left > 0 && i < fields.length; i++) {
      const { name, shape } = fields[i] as WireField;
      const given = payload[name];
      if (given === undefined) {
        if (name in payload) left--;
        if (name in payload && shape === "value") throw noValue(given, path + name);
        this.#out.byte(NIL);
        continue;
      }
      left--;
      if (shape === undefined) this.#argument(given, path, name);
      else this.#shaped(shape, given, path + name);
      used = i + 1;
      end = this.#out.at;
    }
    if (left > 0) {
      const known = fields.map((field) => field.name);
      refuseUnknownFields(payload, known, what, path);
    }
    this.#out.at = end;
    return used;
  }

  #argument(given: unknown, path: string, name: string): void {
    if (typeof given === "string") this.#out.text(given, path, name);
    else if (Number.isSafeInteger(given)) this.#out.number(given as number);
    else this.#out.data(normalize(given, path + name));
  }

  #shaped(shape: NonNullable<WireField["shape"]>, given: unknown, path: string): void {
    if (shape === "value") return this.#out.value(given, path);
    if (!Array.isArray(given) || shape === "results") return this.#out.data(normalize(given, path));
    this.#out.arrayHeader(given.length);
    for (let i = 0; i < given.length; i++) {
      const at = `${path}[${i}]`;
      if (shape === "commands") this.#member(given[i], at);
      else {
        const header = this.#out.openArray(shape.length);
        const used = this.#fields(shape, asObject(given[i], at), `${at}.`, at);
        this.#out.closeArray(header, shape.length, used);
      }
    }
  }

  /** A member that has no positions, for an unknown command or field, goes out by name. */
  #member(member: unknown, path: string): void {
    const call = asObject(member, path);
    refuseUnknownFields(call, ["command", "payload"], path);
    const payload = asObject(call.payload ?? {}, `${path}.payload`);
    const command = findWireCommand(String(call.command));
    if (command === undefined || !hasOnly(payload, command.request)) {
      this.#out.data([String(call.command), normalize(payload, `${path}.payload`)]);
      return;
    }
    const header = this.#out.openArray(command.request.length + 3);
    this.#call(command, payload, undefined, header, 0);
  }
}

/** MessagePack of plain data that was normalised before. */
export function writeMsgpack(data: unknown): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackFrameWriter();
  writer.data(data);
  return writer.take().slice(); // a copy: the frame would keep the whole slab
}

function hasOnly(payload: Fields, fields: readonly WireField[]): boolean {
  return Object.keys(payload).every((name) => fields.some((field) => field.name === name));
}
