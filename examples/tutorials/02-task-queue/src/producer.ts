/**
 * Submits the jobs of a web application.
 *
 *   npm run producer -- [rounds]     with a server at SYNAP_URL, or on port 15500 of this machine
 */
import { SynapClient } from "@hivellm/synap-client";
import { JobProducer } from "./job-producer.ts";
import { createQueue } from "./jobs.ts";

const [rounds = "1"] = process.argv.slice(2);

await using client = new SynapClient({ url: process.env.SYNAP_URL });
await createQueue(client);
const producer = new JobProducer(client);

for (let round = 1; round <= Number(rounds); round++) {
  const image = { imageId: `img_${round}`, sizes: [100, 200, 500] };
  console.log(`submitted ${await producer.submitJob("resize_image", image)}`);

  // Submitted later, done earlier.
  const email = { to: "user@example.com", subject: "Welcome!", body: "Thanks for signing up" };
  console.log(`submitted ${await producer.submitJob("send_email", email, 9)}`);
}
