/** Tracks all notifications. */
import { runSubscriber } from "./subscriber.ts";

await runSubscriber<object>("Analytics", "#", (name, properties) => {
  console.log(`📊 ${name} ${JSON.stringify(properties)}`);
});
