import { platformEndTurn } from "../src/clock.ts";

/** Lets `count` turns of the event loop pass. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>(platformEndTurn);
}

const MAX_TURNS = 20_000;

/** Lets turns pass until `condition` holds; fails when it does not come to hold. */
export async function waitFor(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < MAX_TURNS; i++) {
    if (condition()) return;
    await turns();
  }
  throw new Error(`Still not true after ${MAX_TURNS} turns: ${what}.`);
}
