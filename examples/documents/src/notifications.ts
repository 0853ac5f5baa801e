/** Tutorial 7: each subscriber gets the notifications of its pattern. */
import { deepEqual } from "node:assert/strict";
import { missingForPython } from "./python.ts";
import type { Run } from "./run.ts";
import { listening, publish, startBlock } from "./subscribers.ts";

export async function checkNotifications(run: Run): Promise<void> {
  const { report, url, code } = run;
  report.section("Tutorial 7, in Python");
  const missing = missingForPython("requests", "websockets");
  if (missing !== undefined) return report.skip("its code", missing);

  const [publisher = "", ...rest] = code("python", "Tutorial 7");
  const subscribers = rest.map((block) => startBlock(7, block));
  const [email, slack, analytics] = subscribers;
  try {
    await report.check("its subscribers listen, with the # that their URLs lose", () =>
      listening(url, "notifications.user.#", "notifications.system.#", "notifications.#"),
    );
    await report.check("its publisher notifies", () => startBlock(7, publisher).finished());
    const reset = { email: "old@example.com", token: "f00d" };
    await publish(run, "notifications.user.password_reset", reset);

    await report.check("its email subscriber welcomes and resets", async () => {
      await email?.printed(/send_reset_email/);
      deepEqual(email?.output.split("\n"), [
        'send_welcome_email ["new@example.com"]',
        'send_reset_email ["old@example.com", "f00d"]',
        "",
      ]);
    });
    await report.check("its Slack subscriber alerts of system errors only", async () => {
      await slack?.printed(/\n/);
      deepEqual(slack?.output, 'send_slack_alert ["#alerts", "🚨 api: High error rate"]\n');
    });
    await report.check("its analytics subscriber tracks everything, in order", async () => {
      await analytics?.printed(/password_reset.*\n/);
      const topics = Array.from(analytics?.output.matchAll(/"(notifications\.\S+)"/g) ?? [], at(1));
      deepEqual(topics, [
        "notifications.user.signup",
        "notifications.payment.received",
        "notifications.system.error",
        "notifications.user.password_reset",
      ]);
    });
  } finally {
    await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
  }
}

function at(index: number): (match: RegExpExecArray) => string | undefined {
  return (match) => match[index];
}
