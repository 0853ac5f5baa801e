/** Tutorial 5: an order that is created reaches the services that listen. */
import { equal } from "node:assert/strict";
import { missingForPython } from "./python.ts";
import type { Run } from "./run.ts";
import { listening, publish, startBlock } from "./subscribers.ts";

export async function checkMicroservices(run: Run): Promise<void> {
  const { report, url, code } = run;
  report.section("Tutorial 5, in Python");
  const missing = missingForPython("requests", "websockets");
  if (missing !== undefined) return report.skip("its code", missing);

  const [order = "", email = "", inventory = ""] = code("python", "Tutorial 5");
  const emailService = startBlock(5, email);
  const inventoryService = startBlock(5, inventory);
  try {
    await report.check("its services listen", async () => {
      await emailService.printed(/^Email Service listening\.\.\.$/m);
      await inventoryService.printed(/^Inventory Service listening\.\.\.$/m);
    });
    await report.check("the # that its URL loses is one for the server", () =>
      listening(url, "events.order.#", "events.order.created"),
    );
    await report.check("its order service creates an order", async () => {
      equal(await startBlock(5, order).finished(), "");
    });
    await report.check("its email service confirms the order", () =>
      emailService.printed(/Sending order confirmation to user-123 for order order-of-user-123/),
    );
    await report.check("its inventory service takes the items off the stock", () =>
      inventoryService.printed(
        /decrease_stock \["item1"\]\ndecrease_stock \["item2"\]\n.*Updated inventory for order order-of-user-123\n/,
      ),
    );
    const shipped = { user_id: "user-123", tracking: "1Z" };
    await publish(run, "events.order.shipped", shipped);
    await report.check("its email service hears of what the # stands for", () =>
      emailService.printed(/send_shipping_notification \["user-123", "1Z"\]\n/),
    );
  } finally {
    await Promise.all([emailService.stop(), inventoryService.stop()]);
  }
  await report.check("the server knows that they are gone", () => listening(url));
}
