import { SynapClient } from "@hivellm/synap-client";
import {
  type RunningProcess,
  runProgram,
  type ServerProcess,
  startProgram,
  startServerProcess,
  until,
} from "@hivellm/synap-example-support";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let server: ServerProcess;
let synap: SynapClient;
const running: RunningProcess[] = [];

/** Starts a program in a process of its own and waits until it says what it says at last. */
async function start(name: string, ready = /listening for events\.\.\.\n/) {
  const main = new URL(`../src/${name}.ts`, import.meta.url);
  const program = startProgram(main, [], { PORT: "0", SYNAP_URL: server.url });
  running.push(program);
  const [, url = ""] = await program.printed(ready);
  return { program, url };
}

async function post<T>(url: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}

let email: RunningProcess;
let analytics: RunningProcess;
let log: RunningProcess;
let auth: string;
let orders: string;
beforeAll(async () => {
  server = await startServerProcess();
  synap = new SynapClient(server.url);
  log = (await start("log", /Logging events\.\.\.\n/)).program;
  analytics = (await start("services/analytics")).program;
  email = (await start("services/email")).program;
  await start("services/inventory");
  await start("services/payment");
  orders = (await start("services/orders", /Order service at (\S+)\n/)).url;
  auth = (await start("services/auth", /Auth service at (\S+)\n/)).url;
});
afterAll(async () => {
  for (const program of running) await program.stop();
  await synap.close();
  await server.stop();
});

test("an event reaches every service", async () => {
  const body = { email: "ann@example.com" };
  const { userId } = await post<{ userId: string }>(`${auth}/api/register`, body);
  await email.printed(/Sending welcome email to ann@example\.com\n/);
  await analytics.printed(new RegExp(`Tracking registration: ${userId}\n`));
  await log.printed(new RegExp(`\\[user\\.registered\\] .*"userId":"${userId}"`));
});

describe("the saga of an order", () => {
  interface State {
    readonly status: string;
    readonly reason?: string;
  }

  async function order(...items: string[]): Promise<{ orderId: string; state: State }> {
    const { orderId } = await post<{ orderId: string }>(`${orders}/orders`, {
      userId: "ann",
      items,
    });
    const state = await until(
      async () => {
        const state = (await (await fetch(`${orders}/orders/${orderId}`)).json()) as State;
        return state.status !== "pending" && state;
      },
      () => `${orderId} is pending`,
    );
    return { orderId, state };
  }

  const stock = async (item: string) => (await synap.kv.get(`stock:${item}`)).value;

  /** The types of an order's events, as the log shows them. */
  function story(orderId: string): string[] {
    const lines = log.output.split("\n").filter((line) => line.includes(orderId));
    return lines.map((line) => /\[(.*?)\]/.exec(line)?.[1] ?? "");
  }

  test("it is reserved, paid and confirmed", async () => {
    const { orderId, state } = await order("tea", "tea");
    expect(state).toEqual({ status: "confirmed" });
    expect(await stock("tea")).toBe(98);
    await email.printed(new RegExp(`Sending order confirmation for order ${orderId}\n`));
    await email.printed(new RegExp(`Sending payment receipt for order ${orderId}\n`));
    await analytics.printed(/Tracking payment: \S+, revenue 8\n/);
    await log.printed(new RegExp(`\\[payment\\.completed\\] .*${orderId}`));
    expect(story(orderId)).toEqual(["order.created", "inventory.reserved", "payment.completed"]);
  });

  test("what is not paid is put back", async () => {
    const { orderId, state } = await order("piano", "tea");
    expect(state).toEqual({ status: "cancelled", reason: "the card is not good for 5004" });
    await log.printed(new RegExp(`\\[inventory\\.released\\] .*${orderId}`));
    expect(await stock("piano")).toBe(1);
    expect(await stock("tea")).toBe(98);
    expect(story(orderId)).toEqual([
      "order.created",
      "inventory.reserved",
      "payment.failed",
      "inventory.released",
    ]);
  });

  test("of what is sold out nothing is reserved", async () => {
    const { state } = await order("tea", "cake");
    expect(state).toEqual({ status: "cancelled", reason: "cake is sold out" });
    expect(await stock("tea")).toBe(98);
    expect(await stock("cake")).toBe(0);
  });
});

test("a service that was away hears of everything, once", async () => {
  await email.crash();
  const people = ["bob@example.com", "cem@example.com", "dora@example.com"];
  for (const person of people) await post(`${auth}/api/register`, { email: person });

  const { program } = await start("services/email");
  await program.printed(/dora@example\.com/);
  expect(await program.stop()).toBe(0);
  expect(program.output.match(/Sending welcome .*/g)).toEqual(
    people.map((person) => `Sending welcome email to ${person}`),
  );
});

test("what happened can be looked at later", async () => {
  const main = new URL("../src/replay.ts", import.meta.url);
  const replay = (...args: string[]) => runProgram(main, args, { SYNAP_URL: server.url });
  expect(await replay("payment.failed")).toMatch(
    /^\d+ \S+Z \[payment\.failed\] \{.*"reason":"the card is not good for 5004".*\}\n$/,
  );
  const { newestOffset } = await synap.stream.stats("system-events");
  expect((await replay()).trimEnd().split("\n")).toHaveLength(newestOffset);
});

test("each program ends in good order when it is asked to", async () => {
  for (const program of running.filter((program) => program !== email))
    expect(await program.stop()).toBe(0);
});
