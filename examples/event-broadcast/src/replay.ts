/**
 * Looks at what happened: the last thousand events, or those of one type among them.
 *
 *   npm run replay -- [type]     such as payment.failed
 */
import { connect } from "./program.ts";
import { ROOM } from "./system-events.ts";

const [wanted] = process.argv.slice(2);

await using synap = connect();
const { events } = await synap.stream.history(ROOM, { fromOffset: -1_000, limit: 1_000 });
for (const { offset, eventType, timestamp, data } of events) {
  if (wanted !== undefined && eventType !== wanted) continue;
  const at = new Date(timestamp).toISOString();
  console.log(`${offset} ${at} [${eventType}] ${JSON.stringify(data)}`);
}
