import { createServer } from "node:net";

/** The documents' own ports, or others where those are taken. */
export interface Ports {
  /** Of the server; 15500 in the documents. */
  readonly server: number;
  /** Of the applications; 3000 in the documents. */
  readonly application: number;
}

const DOCUMENTED: Ports = { server: 15500, application: 3000 };

/** The code as it is, or with the other ports where the documents' own are taken. */
export function onPorts(code: string, { server, application }: Ports): string {
  let result = code;
  if (server !== DOCUMENTED.server)
    result = result.replaceAll(`localhost:${DOCUMENTED.server}`, `localhost:${server}`);
  if (application !== DOCUMENTED.application)
    result = result
      .replaceAll(`localhost:${DOCUMENTED.application}`, `localhost:${application}`)
      .replaceAll(`listen(${DOCUMENTED.application}`, `listen(${application}`);
  return result;
}

/** The documents' port for applications if it is free, else one that is. */
export async function freeApplicationPort(): Promise<number> {
  return (await isFree(DOCUMENTED.application)) ?? (await isFree(0)) ?? 0;
}

/** The port, or a free one for 0, if one can listen there. */
function isFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", () => resolve(undefined));
    // As an application would, on all addresses.
    probe.listen(port, () => {
      const address = probe.address();
      const free = typeof address === "object" ? address?.port : undefined;
      probe.close(() => resolve(free));
    });
  });
}
