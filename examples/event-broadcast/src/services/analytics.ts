/**
 * The analytics service: tracks events as they happen. It keeps no position; what happens while it is
 * not running is not tracked.
 */
import { closeOnSignal, connect } from "../program.ts";
import { ROOM, type SystemEvent } from "../system-events.ts";

let revenue = 0;

function track(event: SystemEvent): void {
  switch (event.eventType) {
    case "user.registered":
      return console.log(`Tracking registration: ${event.data.userId}`);
    case "order.created":
      return console.log(`Tracking order: ${event.data.orderId}`);
    case "payment.completed":
      revenue += event.data.amount;
      return console.log(`Tracking payment: ${event.data.paymentId}, revenue ${revenue}`);
  }
}

const synap = connect();
await synap.stream.subscribe(ROOM, (event) => track(event as SystemEvent));

closeOnSignal(synap);
console.log("Analytics service listening for events...");
