/** Puts system alerts into the channel #alerts. */
import { runSubscriber } from "./subscriber.ts";

interface SystemAlert {
  readonly service: string;
  readonly error: string;
}

await runSubscriber<SystemAlert>("Slack", "system.#", (_, { service, error }) => {
  console.log(`#alerts 🚨 ${service}: ${error}`);
});
