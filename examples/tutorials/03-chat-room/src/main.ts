/**
 * Serves the chat on PORT, or 3000, with its rooms in the server at SYNAP_URL, or on port 15500 of
 * this machine.
 */
import type { AddressInfo } from "node:net";
import { SynapClient } from "@hivellm/synap-client";
import { createApp } from "./app.ts";
import { buildPage } from "./page.ts";

const { SYNAP_URL: url = "http://localhost:15500", PORT = "3000" } = process.env;

const page = await buildPage(url);
const client = new SynapClient(url);
const server = createApp(client, page).listen(Number(PORT), (error) => {
  if (error) throw error;
  const { port } = server.address() as AddressInfo;
  console.log(`The chat is at http://localhost:${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => server.close(() => client.close()));
}
