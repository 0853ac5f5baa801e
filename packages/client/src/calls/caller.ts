import { wireCommand } from "@hivellm/synap-protocol";
import { optionAdder, type PageOptions } from "../arguments.ts";
import { asClientError } from "../errors.ts";
import { renamer } from "../naming.ts";
import type { Transport } from "../transport/transport.ts";
import type { CallOptions, CommandSpec, Fields } from "./call.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** Any method that runs a command. */
type AnyMethod = (...args: never[]) => Promise<unknown>;

/** Runs the commands of one part of a client, over the way that commands take. */
export class Caller {
  readonly #dispatcher: Dispatcher;
  readonly #route: Transport;

  constructor(dispatcher: Dispatcher, route: Transport) {
    this.#dispatcher = dispatcher;
    this.#route = route;
  }

  run<T>(spec: CommandSpec<T>, payload: Fields, options?: CallOptions): Promise<T> {
    return this.#dispatcher.start(this.#route, spec, payload, options);
  }

  /** Runs a command whose arguments may break a rule. */
  build<T>(
    spec: CommandSpec<T>,
    options: CallOptions | undefined,
    payload: () => Fields,
  ): Promise<T> {
    try {
      return this.run(spec, payload(), options);
    } catch (thrown) {
      return Promise.reject(asClientError(thrown));
    }
  }

  /**
   * A method that is nothing but its command: these fields as its arguments, then options, which
   * hold the other fields. Its result is the answer with its names renamed, unless told otherwise.
   */
  method<M extends AnyMethod>(
    name: string,
    positional: readonly string[],
    result?: (payload: Fields) => unknown,
  ): M {
    const command = wireCommand(name);
    const add = optionAdder(command, positional);
    const spec = { command, result: result ?? renamer(command.response) };
    const method = (...given: unknown[]): Promise<unknown> => {
      const options = given[positional.length] as CallOptions | undefined;
      return this.build(spec, options, () => {
        const payload: Fields = {};
        positional.forEach((field, i) => {
          payload[field] = given[i];
        });
        return add(payload, options);
      });
    };
    return method as AnyMethod as M;
  }

  /** Such a method for a list that is read page by page: a text in place of its options is a prefix. */
  pages<M extends AnyMethod>(name: string, positional: readonly string[]): M {
    const read = this.method<(...args: unknown[]) => Promise<unknown>>(name, positional);
    const pages = (...given: unknown[]): Promise<unknown> => {
      const page = given[positional.length] as string | PageOptions | undefined;
      if (typeof page === "string") given[positional.length] = { prefix: page };
      return read(...given);
    };
    return pages as AnyMethod as M;
  }
}

/** A result that is one field of the answer. */
export function field(name: string): (payload: Fields) => unknown {
  return (payload) => payload[name];
}

/** The answer says nothing beyond that it is done. */
export function nothing(): void {}
