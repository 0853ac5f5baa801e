import { createMockClient } from "@hivellm/synap-client/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EventBroadcaster } from "../src/event-broadcaster.ts";
import { EventConsumer } from "../src/event-consumer.ts";
import { once } from "../src/once.ts";

let synap: ReturnType<typeof createMockClient>;
let broadcaster: EventBroadcaster;
const consumers: EventConsumer[] = [];

beforeEach(() => {
  synap = createMockClient();
  broadcaster = new EventBroadcaster("auth-service", synap);
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer.close();
  await synap.close();
  vi.restoreAllMocks();
});

function register(email: string) {
  return broadcaster.publishEvent("user.registered", { userId: email, email });
}

/** A consumer that writes down whom it hears of; `fail` may throw. */
async function listen(fail: (email: string) => void = () => {}, retryDelayMs = 1) {
  const heard: string[] = [];
  const consumer = new EventConsumer("email-service", synap, { attempts: 3, retryDelayMs });
  consumer.on("user.registered", ({ data: { email } }) => {
    heard.push(email);
    fail(email);
  });
  consumers.push(consumer);
  await consumer.start();
  return { consumer, heard };
}

describe("a consumer", () => {
  test("C1, C2: begins with what is new, goes on where it was", async () => {
    await register("before");
    const first = await listen();
    await register("ann");
    await vi.waitFor(() => expect(first.heard).toEqual(["ann"]));
    await first.consumer.close();

    await register("bob");
    const second = await listen();
    await register("cem");
    await vi.waitFor(() => expect(second.heard).toEqual(["bob", "cem"]));
    expect(first.heard).toEqual(["ann"]);
  });

  test("C2: what was not handled when it was closed comes again", async () => {
    const first = await listen(() => {
      throw new Error("the mailer is down");
    }, 60_000);
    await register("ann");
    await vi.waitFor(() => expect(first.heard).toEqual(["ann"]));
    await first.consumer.close();

    const second = await listen();
    await vi.waitFor(() => expect(second.heard).toEqual(["ann"]));
  });

  test("C3: an event whose handler fails is set aside and holds up nothing", async () => {
    const { heard } = await listen((email) => {
      if (email === "ann") throw new Error("no such mailbox");
    });
    await register("ann");
    await register("bob");
    await vi.waitFor(() => expect(heard).toEqual(["ann", "ann", "ann", "bob"]));
    const failed = await synap.queue.consume("email-service-failed");
    expect(failed?.message).toMatchObject({ eventType: "user.registered", data: { email: "ann" } });
  });

  test("C4: trouble with the server ends nothing", async () => {
    const { heard } = await listen();
    synap.kv.set.mockRejectedValueOnce(new Error("no server"));
    await register("ann");
    await register("bob");
    // Twice, as its position could not be kept: at least once.
    await vi.waitFor(() => expect(heard).toEqual(["ann", "ann", "bob"]));
  });

  test("events that it has no handler for are passed over", async () => {
    const { heard } = await listen();
    await broadcaster.publishEvent("inventory.released", { orderId: "1" });
    await register("ann");
    await vi.waitFor(() => expect(heard).toEqual(["ann"]));
  });
});

test("an event carries who published it, and what the publisher adds", async () => {
  await broadcaster.publishEvent(
    "user.registered",
    { userId: "1", email: "ann@example.com" },
    { correlationId: "c-1" },
  );
  const { events } = await synap.stream.history("system-events");
  expect(events).toMatchObject([
    {
      eventType: "user.registered",
      data: { userId: "1", version: "1.0", service: "auth-service", timestamp: expect.any(Number) },
      metadata: { correlationId: "c-1" },
    },
  ]);
});

describe("once", () => {
  const work = vi.fn<() => Promise<void>>();
  beforeEach(() => {
    work.mockReset().mockResolvedValue();
  });

  test("does it once, for a day", async () => {
    expect(await once(synap.kv, "k", work)).toBe(true);
    expect(await once(synap.kv, "k", work)).toBe(false);
    await synap.clock.advance(86_400_000);
    expect(await once(synap.kv, "k", work)).toBe(true);
    expect(work).toHaveBeenCalledTimes(2);
  });

  test("what fails can be done again", async () => {
    work.mockRejectedValueOnce(new Error("the mailer is down"));
    await expect(once(synap.kv, "k", work)).rejects.toThrow("the mailer is down");
    expect(await once(synap.kv, "k", work)).toBe(true);
  });

  test("of two at the same time one does it; the other asks again later", async () => {
    let finish: () => void = () => {};
    work.mockReturnValueOnce(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    const first = once(synap.kv, "k", work);
    await expect(once(synap.kv, "k", work)).rejects.toThrow("k is being processed");
    finish();
    expect(await first).toBe(true);
    expect(await once(synap.kv, "k", work)).toBe(false);
  });

  test("a claim whose owner died ends", async () => {
    work.mockReturnValueOnce(new Promise(() => {}));
    once(synap.kv, "k", work).catch(() => {});
    await synap.clock.advance(5_000);
    expect(await once(synap.kv, "k", work)).toBe(true);
  });
});
