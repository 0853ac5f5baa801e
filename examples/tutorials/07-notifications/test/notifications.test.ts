import { createMockClient } from "@hivellm/synap-client/testing";
import {
  type RunningProcess,
  runProgram,
  type ServerProcess,
  startProgram,
  startServerProcess,
  until,
} from "@hivellm/synap-example-support";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NotificationService } from "../src/notification-service.ts";

const NOTIFY = new URL("../src/notify.ts", import.meta.url);

describe("against a server, each program in a process of its own", () => {
  let server: ServerProcess;
  const running: RunningProcess[] = [];
  beforeAll(async () => {
    server = await startServerProcess();
  });
  afterEach(async () => {
    for (const subscriber of running.splice(0)) await subscriber.stop();
  });
  afterAll(() => server.stop());

  async function start(name: string): Promise<RunningProcess> {
    const main = new URL(`../src/${name}.ts`, import.meta.url);
    const subscriber = startProgram(main, [], { SYNAP_URL: server.url });
    running.push(subscriber);
    await subscriber.printed(/ listens\n/);
    return subscriber;
  }

  function notify(...args: string[]): Promise<string> {
    return runProgram(NOTIFY, args, { SYNAP_URL: server.url });
  }

  test("each subscriber gets what its pattern names", async () => {
    const email = await start("email");
    const slack = await start("slack");
    const analytics = await start("analytics");
    expect(await notify()).toBe(
      [
        "user.signup went to 2",
        "user.password_reset went to 2",
        "payment.received went to 1",
        "system.error went to 2",
        "",
      ].join("\n"),
    );

    await email.printed(/Reset link for old@example\.com: f00d\n/);
    await slack.printed(/🚨/);
    await analytics.printed(/system\.error/);
    for (const subscriber of [email, slack, analytics]) expect(await subscriber.stop()).toBe(0);
    expect(email.output).toBe(
      "Email listens\n📧 Welcome, new@example.com\n📧 Reset link for old@example.com: f00d\n",
    );
    expect(slack.output).toBe("Slack listens\n#alerts 🚨 api: High error rate\n");
    expect(analytics.output.match(/📊 \S+/g)).toEqual([
      "📊 user.signup",
      "📊 user.password_reset",
      "📊 payment.received",
      "📊 system.error",
    ]);
  });

  test("of two in a group, one gets each notification", async () => {
    const emails = [await start("email"), await start("email")];
    await start("analytics");
    const users = ["a", "b", "c", "d", "e", "f"].map((name) => `${name}@example.com`);
    for (const email of users)
      expect(await notify("user", "signup", JSON.stringify({ email }))).toMatch(/went to 2\n$/);

    const welcomed = () =>
      emails.flatMap(({ output }) =>
        Array.from(output.matchAll(/Welcome, (\S+)/g), ([, to]) => to),
      );
    await until(
      async () => welcomed().length >= users.length,
      () => `${welcomed().join(", ")} are welcomed`,
    );
    for (const subscriber of emails) await subscriber.stop();
    expect(welcomed().sort()).toEqual(users);
  });

  test("one that nobody listens to goes to nobody, and is not kept", async () => {
    expect(await notify("system", "error", '{"service":"api","error":"old"}')).toMatch(/to 0\n$/);
    const slack = await start("slack");
    await notify("system", "error", '{"service":"api","error":"new"}');
    await slack.printed(/new/);
    expect(slack.output).not.toContain("old");
  });
});

test.each(["a.b", "a*", "#", ""])("%j is no category", async (category) => {
  await using client = createMockClient();
  await expect(new NotificationService(client).notify(category, "error", {})).rejects.toThrow(
    "is no name of a category",
  );
});
