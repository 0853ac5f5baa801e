import { SynapError } from "@hivellm/synap-protocol";

/** States what must hold. A failure is a bug in Synap: it must stop the command, not corrupt state. */
export function invariant(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new SynapError("INTERNAL", `Broken invariant: ${claim}.`);
}
