/** Logs all events as they happen. */
import { closeOnSignal, connect } from "./program.ts";
import { ROOM } from "./system-events.ts";

const synap = connect();
await synap.stream.subscribe(ROOM, ({ offset, eventType, data }) => {
  console.log(`${offset} [${eventType}] ${JSON.stringify(data)}`);
});

closeOnSignal(synap);
console.log("Logging events...");
