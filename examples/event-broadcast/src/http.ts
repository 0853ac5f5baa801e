import type { AddressInfo } from "node:net";
import type { Express } from "express";

/** An application that listens. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves an application on PORT, or on the port given. */
export function serve(app: Express, defaultPort: number): Promise<Served> {
  return new Promise((resolve, reject) => {
    const server = app.listen(Number(process.env.PORT ?? defaultPort), (error) => {
      if (error) return reject(error);
      const { port } = server.address() as AddressInfo;
      resolve({
        url: `http://localhost:${port}`,
        close: () => new Promise((closed) => server.close(() => closed())),
      });
    });
  });
}
