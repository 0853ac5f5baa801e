import { SynapClient } from "@hivellm/synap-client";
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
import { handleEvents } from "../src/listener.ts";
import { OrderService } from "../src/order-service.ts";

describe("against a server, each service in a process of its own", () => {
  let server: ServerProcess;
  let client: SynapClient;
  const running: RunningProcess[] = [];
  beforeAll(async () => {
    server = await startServerProcess();
    client = new SynapClient(server.url);
  });
  afterEach(async () => {
    for (const service of running.splice(0)) await service.stop();
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  async function start(name: string): Promise<RunningProcess> {
    const main = new URL(`../src/${name}.ts`, import.meta.url);
    const service = startProgram(main, [], { SYNAP_URL: server.url });
    running.push(service);
    await service.printed(/Service listening\.\.\.\n/);
    return service;
  }

  async function order(...args: string[]): Promise<string> {
    const main = new URL("../src/order.ts", import.meta.url);
    const output = await runProgram(main, args, { SYNAP_URL: server.url });
    return /^created order (\S+)\n/.exec(output)?.[1] ?? "";
  }

  const stock = async (item: string) => (await client.kv.get(`stock:${item}`)).value;

  test("one order concerns three services that know nothing of each other", async () => {
    await client.kv.set("stock:tea", 10);
    const [email, inventory, analytics] = [
      await start("email"),
      await start("inventory"),
      await start("analytics"),
    ];
    const id = await order("ann", "9.50", "tea", "tea");

    await email.printed(new RegExp(`Sending order confirmation to ann for order ${id}\n`));
    await email.printed(new RegExp(`Sending shipping notification to ann for order ${id}: 1Z`));
    await inventory.printed(new RegExp(`Updated inventory for order ${id}\n`));
    await analytics.printed(/events\.order\.shipped: 1 so far\n/);
    expect(await stock("tea")).toBe(8);
    for (const service of [email, inventory, analytics]) expect(await service.stop()).toBe(0);
  });

  test("what happens while a service is away waits for it", async () => {
    const before = await start("inventory");
    await before.crash();
    await client.kv.set("stock:milk", 10);
    const missed = [await order("ann", "1", "milk"), await order("bob", "1", "milk")];

    const after = await start("inventory");
    for (const id of missed) await after.printed(new RegExp(`Updated inventory for order ${id}\n`));
    expect(await stock("milk")).toBe(8);
  });

  test("instances of a service share its events", async () => {
    const instances = [await start("email"), await start("email")];
    await idle("email-service");
    const users = ["cem", "dora", "eve", "finn", "gil"];
    await Promise.all(users.map((user) => order(user)));
    await idle("email-service");
    for (const instance of instances) await instance.stop();

    const printed = instances.map(({ output }) => output).join("");
    for (const user of users) {
      expect(printed.match(new RegExp(`confirmation to ${user} for`, "g"))).toHaveLength(1);
    }
  });

  /** Resolves when nothing waits for a service or is in its hands. */
  function idle(service: string): Promise<true> {
    const isIdle = async () => {
      const { depth, inFlight } = await client.queue.stats(service);
      return depth + inFlight === 0;
    };
    return until(isIdle, () => `${service} is not idle`);
  }
});

test("an event whose handler fails comes again, after a while", async () => {
  await using client = createMockClient();
  const orders: string[] = [];
  let isDown = true;
  await using _service = await handleEvents(client, "email-service", "events.order.#", {
    async "events.order.created"({ orderId }) {
      if (isDown) throw new Error("the mailer is down");
      orders.push(orderId);
    },
  });
  const id = await new OrderService(client).createOrder("ann", ["tea"], 1);
  await client.clock.advance(0);
  isDown = false;
  await client.clock.advance(1_000);
  expect(orders).toEqual([id]);
});
