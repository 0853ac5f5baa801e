/**
 * Serves the application on PORT, or 3000, with its sessions in the server at SYNAP_URL, or on port
 * 15500 of this machine. Start it twice, on two ports: both know the same visitors.
 */
import type { AddressInfo } from "node:net";
import { SynapClient } from "@hivellm/synap-client";
import { createApp } from "./app.ts";
import { SynapStore } from "./synap-store.ts";

const client = new SynapClient({ url: process.env.SYNAP_URL });
const store = new SynapStore(client);
const app = createApp(store, process.env.SESSION_SECRET ?? "only for trying it out");

const server = app.listen(Number(process.env.PORT ?? 3000), (error) => {
  if (error) throw error;
  const { port } = server.address() as AddressInfo;
  console.log(`The application listens on http://localhost:${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => server.close(() => client.close()));
}
