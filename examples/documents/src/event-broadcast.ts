/** The event sample's TypeScript, on the SDK: its publisher, its saga, its log. */
import { deepEqual, equal } from "node:assert/strict";
import { until } from "@hivellm/synap-example-support";
import { serve } from "./common-js.ts";
import { checkCompiles } from "./compiler.ts";
import { runModule } from "./modules.ts";
import * as prelude from "./preludes/event-broadcast.ts";
import type { Run } from "./run.ts";

const ROOM = "system-events";

/** The sample's publisher; its `synap` is private to it. */
interface Publisher {
  readonly broadcaster: {
    readonly synap: { close(): Promise<void> };
    orderCreated(orderId: string, userId: string, amount: number): Promise<{ offset: number }>;
    paymentCompleted(
      paymentId: string,
      orderId: string,
      amount: number,
    ): Promise<{ offset: number }>;
  };
}

export async function checkEventBroadcast(run: Run): Promise<void> {
  const { report, url, code } = run;
  report.section("The event sample, in TypeScript");
  report.note("with one edit: its server, http://synap:15500, is the one of this run");
  const [block = ""] = code("typescript", "Event Publisher");
  const publisher = block.replace("http://synap:15500", url);
  prelude.connect(url);
  try {
    const { broadcaster } = await runModule<Publisher>("event-publisher", publisher, {
      prelude: `import { app, console, createUser } from "../src/preludes/event-broadcast.ts";\n`,
      exports: ["broadcaster"],
    });
    try {
      await checkLog(run);
      await checkPublisher(run, broadcaster);
      await checkSaga(run);
      await checkVersion(run);
    } finally {
      await broadcaster.synap.close();
    }
  } finally {
    await prelude.synap.close();
  }
  for (const name of ["publisher", "log", "version"]) await checkCompiles(run, `event-${name}`);
  await checkCompiles(run, "event-saga", { "'error' is of type 'unknown'.": 1 });
}

async function checkLog({ report, code }: Run): Promise<void> {
  const [block = ""] = code("typescript", "Event Logging");
  await report.check("its log follows a room that nobody created", () =>
    runModule("event-log", block, {
      prelude: `import { console, synap } from "../src/preludes/event-broadcast.ts";\n`,
    }),
  );
}

/** Waits until the sample has printed a line. */
function logged(line: string): Promise<unknown> {
  return until(
    async () => prelude.printed.includes(line),
    () => `Not ${line} but ${prelude.printed.join("\n")} was printed`,
  );
}

async function lastEvents(count: number) {
  const { events } = await prelude.synap.stream.history(ROOM, { fromOffset: -count });
  return events.map(({ eventType, data: { timestamp, ...data } }) => {
    equal(typeof timestamp, "number");
    return { eventType, data };
  });
}

async function checkPublisher(
  { report }: Run,
  broadcaster: Publisher["broadcaster"],
): Promise<void> {
  await report.check("its registration publishes an event", async () => {
    const served = await serve(prelude.app);
    try {
      const response = await fetch(`http://localhost:${served.port}/api/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: "ann@example.com", password: "secret" }),
      });
      deepEqual(await response.json(), { success: true, userId: "id-of-ann@example.com" });
    } finally {
      await served.stop();
    }
    await logged("Event user.registered published at offset 1");
    deepEqual(await lastEvents(1), [
      {
        eventType: "user.registered",
        data: {
          userId: "id-of-ann@example.com",
          email: "ann@example.com",
          source: "registration-flow",
          service: "auth-service",
        },
      },
    ]);
  });
  await report.check("its orders and payments do, one after the other", async () => {
    equal((await broadcaster.orderCreated("o-1", "ann", 9.5)).offset, 2);
    equal((await broadcaster.paymentCompleted("p-1", "o-1", 9.5)).offset, 3);
  });
  await report.check("its log shows each event", async () => {
    for (const type of ["user.registered", "order.created", "payment.completed"])
      await until(
        async () => prelude.printed.some((line) => line.startsWith(`[${type}] {`)),
        () => `${type} is not in the log`,
      );
  });
}

/** The sample's saga; each of its services is called with the event that it listens for. */
interface Saga {
  createOrder(userId: string, items: object[]): Promise<string>;
  reserveInventory(event: object): Promise<void>;
  processPayment(event: object): Promise<void>;
}

async function checkSaga({ report, code }: Run): Promise<void> {
  const [block = ""] = code("typescript", "Saga Pattern");
  const left = "calculateTotal, chargeCustomer, generateId, reserveItems, saveOrder".split(", ");
  const { createOrder, reserveInventory, processPayment } = await runModule<Saga>(
    "event-saga",
    block,
    {
      prelude:
        `import { ${left.join(", ")} } from "../src/preludes/event-broadcast.ts";\n` +
        `import { broadcaster } from "./event-publisher.ts";\n`,
      exports: ["createOrder", "reserveInventory", "processPayment"],
    },
  );
  // Its services listen for these; the document leaves their subscriptions to its reader.
  const subscription = await prelude.synap.stream.subscribe(ROOM, async (event) => {
    if (event.eventType === "order.created") await reserveInventory(event);
    if (event.eventType === "inventory.reserved") await processPayment(event);
  });
  const types = async (count: number, last: string) =>
    until(
      async () => {
        const types = (await lastEvents(count)).map(({ eventType }) => eventType);
        return types.at(-1) === last && types;
      },
      () => `${last} was not published`,
    );

  await report.check("its saga goes from order to payment", async () => {
    await createOrder("ann", [{ name: "tea", price: 4 }]);
    deepEqual(await types(3, "payment.completed"), [
      "order.created",
      "inventory.reserved",
      "payment.completed",
    ]);
  });
  await report.check("its saga ends where nothing can be reserved", async () => {
    await createOrder("ann", [{ name: "piano", price: 5_000 }]);
    await types(2, "inventory.reservation_failed");
    const [, failed] = await lastEvents(2);
    equal(failed?.data.reason, "piano is sold out");
  });
  await subscription.unsubscribe();
}

async function checkVersion({ report, code }: Run): Promise<void> {
  const [block = ""] = code("typescript", "Event Versioning");
  await report.check("a version is part of an event's data", async () => {
    await runModule("event-version", block, {
      prelude: `import { synap } from "../src/preludes/event-broadcast.ts";\n`,
    });
    const { events } = await prelude.synap.stream.history(ROOM, { fromOffset: -1 });
    deepEqual(events[0]?.data, { version: "1.0", userId: "123", email: "user@example.com" });
  });
}
