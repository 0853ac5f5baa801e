import { fieldsToObject, isSynapError, wireCommand } from "@hivellm/synap-protocol";
import { expect } from "vitest";
import type { Session } from "../src/index.ts";
import { callOf, type Name, type Request } from "./calls.ts";
import type { Expected } from "./queue-model.ts";

/** An answer that is awaited, and what it must be as soon as that is known. */
interface Pending {
  readonly about: string;
  actual: Expected | null;
  readonly expected: () => Expected | null;
}

/** Answers that are under way: each must come when the model knows what it is, and not before. */
export class QueueAnswers {
  #pending: Pending[] = [];

  /** Runs a command; `expected` says what it must answer, or null while that is open. */
  send<N extends Name>(
    session: Session,
    name: N,
    request: Request<N>,
    expected: () => Expected | null,
    signal?: AbortSignal,
  ): void {
    const about = `${name} ${JSON.stringify(request)}`;
    const pending: Pending = { about, actual: null, expected };
    this.#pending.push(pending);
    session.execute(callOf(name, request), signal).then(
      ({ payload }) => {
        pending.actual = { payload: fieldsToObject(wireCommand(name).response, payload) };
      },
      (error: unknown) => {
        pending.actual = { code: isSynapError(error) ? error.code : "INTERNAL" };
      },
    );
  }

  compare(): void {
    const open: Pending[] = [];
    for (const pending of this.#pending) {
      const expected = pending.expected();
      expect(pending.actual, pending.about).toEqual(expected);
      if (expected === null) open.push(pending);
    }
    this.#pending = open;
  }
}
