import { SynapClient } from "@hivellm/synap-client";

/** Something that is closed before the program ends. */
interface Closable {
  close(): Promise<unknown>;
}

/** The client of a program, for the server at SYNAP_URL, or on port 15500 of this machine. */
export function connect(): SynapClient {
  const { SYNAP_URL: url, SYNAP_API_KEY: apiKey } = process.env;
  const synap = new SynapClient({ url, apiKey });
  synap.on("error", (error) => console.error(error.message));
  return synap;
}

/** Ends the program in good order on Ctrl-C, or when its service manager asks: closes one after another. */
export function closeOnSignal(...parts: readonly Closable[]): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      for (const part of parts) await part.close();
    });
  }
}
