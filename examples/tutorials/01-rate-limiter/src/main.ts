/**
 * Makes requests in a user's name and tells how many were allowed.
 *
 *   npm start -- [user] [requests]     with a server at SYNAP_URL, or on port 15500 of this machine
 */
import { SynapClient } from "@hivellm/synap-client";
import { RateLimiter } from "./rate-limiter.ts";

const [user = "user:123", requests = "150"] = process.argv.slice(2);

await using client = new SynapClient({ url: process.env.SYNAP_URL });
const limiter = new RateLimiter(client, { limit: 100 });

// All at once, as they would come in. The client sends them together.
const decisions = await Promise.all(
  Array.from({ length: Number(requests) }, () => limiter.take(user)),
);

const limited = decisions.filter(({ allowed }) => !allowed);
console.log(`${decisions.length - limited.length} allowed, ${limited.length} limited`);
const wait = limited.at(-1)?.retryAfterSeconds;
if (wait !== undefined) console.log(`try again in ${wait} s`);
