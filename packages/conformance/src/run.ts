import { afterEach, describe, it } from "vitest";
import { cases } from "./cases/index.ts";
import type { ConformanceCase, Flavour, World } from "./types.ts";

/** Runs the one table of cases against a flavour. A case it cannot run is skipped with its reason. */
export function runConformance(flavour: Flavour): void {
  describe(flavour.name, () => {
    let world: World | null = null;

    afterEach(async () => {
      await world?.stop();
      world = null;
    });

    for (const one of cases) {
      const needs = [one.needs ?? []].flat();
      const lacking = needs.find(({ capability }) => !flavour.capabilities.includes(capability));
      const title = lacking === undefined ? one.name : `${one.name} (not here: ${lacking.reason})`;
      // A flavour that lacks what the case needs skips it; the title says what that is.
      it.runIf(lacking === undefined)(title, async () => {
        world = await flavour.start(one.limits ?? {});
        await runCase(one, world);
      });
    }
  });
}

async function runCase(one: ConformanceCase, world: World): Promise<void> {
  const party = await world.join();
  await one.run({ world, party, call: (...request) => party.call(...request) });
}
