import assert from "node:assert/strict";
import { isSynapError, type SynapError } from "@hivellm/synap-protocol";
import type { Fields, Party, Push } from "./types.ts";

/** The refusal that a call must end with: its code, and what its details must hold. */
export async function refusal(
  call: Promise<unknown>,
  code: string,
  details: Fields = {},
): Promise<SynapError> {
  const error = await call.then(
    (answer) => assert.fail(`expected ${code}, got the answer ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  assert(isSynapError(error), `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert(error.message.length > 10, "an error says what happened");
  for (const [name, value] of Object.entries(details)) {
    assert.deepEqual(error.details[camel(name)] ?? error.details[name], value, `details.${name}`);
  }
  return error;
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields named must be equal; others may be there. */
export function has(answer: Fields, expected: Fields): Fields {
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(answer[name], value, `${name} of ${JSON.stringify(answer)}`);
  }
  return answer;
}

/** A version that a write gave: a positive integer. */
export function version(answer: Fields): number {
  assert(Number.isSafeInteger(answer.version) && (answer.version as number) > 0, "a version");
  return answer.version as number;
}

const MAX_TURNS = 20_000;

/** Waits for a condition, turn by turn, without a timer. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    if (condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Waits until a party has this many pushes of a type and returns all of them. */
export async function pushed(party: Party, type: string, count: number): Promise<Push[]> {
  const found = (): Push[] => party.pushes.filter((push) => push.type === type);
  await until(() => found().length >= count, `${count} pushes of type ${type}`);
  return found();
}

/** The changes a watch told, in short: `put a`, `delete a`, `expire a`. */
export function changes(party: Party): string[] {
  return party.pushes
    .filter((push) => push.type === "watch")
    .map(({ fields }) => `${String(fields.op)} ${String(fields.key)}`);
}
