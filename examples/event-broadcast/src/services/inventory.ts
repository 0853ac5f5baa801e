/** The inventory service: reserves what was ordered, and puts it back when nobody pays for it. */
import { EventBroadcaster } from "../event-broadcaster.ts";
import { EventConsumer } from "../event-consumer.ts";
import { once } from "../once.ts";
import { closeOnSignal, connect } from "../program.ts";

const STOCK: Readonly<Record<string, number>> = { tea: 100, cake: 0, piano: 1 };

const synap = connect();
const { kv } = synap;
const broadcaster = new EventBroadcaster("inventory-service", synap);
for (const [item, count] of Object.entries(STOCK)) {
  await kv.set(`stock:${item}`, count, { nx: true }); // As it was left, if it was.
}

/** Takes all items off the stock, or none. Answers the one that is missing, if one is. */
async function reserveItems(items: readonly string[]): Promise<string | undefined> {
  for (const [index, item] of items.entries()) {
    if ((await kv.decr(`stock:${item}`)) >= 0) continue;
    await putBack(items.slice(0, index + 1));
    return item;
  }
  return undefined;
}

async function putBack(items: readonly string[]): Promise<void> {
  for (const item of items) await kv.incr(`stock:${item}`);
}

const consumer = new EventConsumer("inventory-service", synap)
  .on("order.created", async ({ data: { orderId, userId, items, total } }) => {
    await once(kv, `processed:reserve:${orderId}`, async () => {
      const missing = await reserveItems(items);
      if (missing !== undefined) {
        const reason = `${missing} is sold out`;
        await broadcaster.publishEvent("inventory.reservation_failed", { orderId, reason });
        return;
      }
      await kv.set(`reservation:${orderId}`, items);
      await broadcaster.publishEvent("inventory.reserved", { orderId, userId, items, total });
    });
  })
  .on("payment.failed", async ({ data: { orderId } }) => {
    await once(kv, `processed:release:${orderId}`, async () => {
      const reservation = await kv.get<string[]>(`reservation:${orderId}`);
      if (reservation.found) await putBack(reservation.value);
      await broadcaster.publishEvent("inventory.released", { orderId });
    });
  });
await consumer.start();

closeOnSignal(consumer, synap);
console.log("Inventory service listening for events...");
