/** The documents' Python that listens to pub/sub, each block in a process of its own. */
import { type RunningProcess, until } from "@hivellm/synap-example-support";
import { startPython } from "./python.ts";
import type { Run } from "./run.ts";

/** Starts a block after its tutorial's prelude. */
export function startBlock(tutorial: number, code: string): RunningProcess {
  return startPython("block", { tutorial, code });
}

/** The patterns that somebody listens to, in order. */
export async function patterns(url: string): Promise<string[]> {
  const response = await fetch(`${url}/pubsub/topics`);
  const { items } = (await response.json()) as { items: { topic: string }[] };
  return items.map(({ topic }) => topic).sort();
}

/** Waits until just these patterns are listened to; programs that print nothing are ready then. */
export async function listening(url: string, ...wanted: readonly string[]): Promise<void> {
  let seen: string[] = [];
  await until(
    async () => {
      seen = await patterns(url);
      return seen.join() === [...wanted].sort().join();
    },
    () => `The server has subscribers of ${seen.join(", ")}, not of ${wanted.join(", ")}`,
  );
}

/** Publishes as the documents' services do: the message is JSON text. */
export async function publish({ url }: Run, topic: string, message: object): Promise<void> {
  await fetch(`${url}/pubsub/${topic}/publish`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: JSON.stringify(message) }),
  });
}
