import { SynapClient } from "@hivellm/synap-client";

/** What a subscriber does about a notification: its name, as in `user.signup`, and its data. */
export type Handler<T> = (name: string, data: T) => Promise<void> | void;

export interface SubscriberOptions {
  /** Instances that name the same group share the notifications: each goes to one of them. */
  readonly group?: string;
}

/** Runs a subscriber as a program: listens until it is told to end. */
export async function runSubscriber<T>(
  title: string,
  pattern: string,
  handler: Handler<T>,
  options: SubscriberOptions = {},
): Promise<void> {
  const client = new SynapClient({ url: process.env.SYNAP_URL });
  client.on("gap", ({ lost }) => console.log(`${title} missed ${lost ?? "some"} notifications`));
  client.on("error", (error) => console.log(`${title}: ${error.message}`));
  const onMessage = (topic: string, data: T) => handler(topic.replace("notifications.", ""), data);
  await client.pubsub.subscribe<T>(`notifications.${pattern}`, onMessage, options);

  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => client.close());
  console.log(`${title} listens`);
}
