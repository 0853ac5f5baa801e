/**
 * The TypeScript client of Synap.
 *
 * @packageDocumentation
 */
import { BaseClient } from "./client.ts";
import { nodePlatform } from "./node/platform.ts";
import type { ClientConfig } from "./options.ts";

export * from "./exports.ts";

/**
 * A client of one Synap server. It connects with its first command, and again whenever it has to;
 * one is enough for a whole program.
 *
 * @example
 * const client = new SynapClient('http://localhost:15500')
 * await client.kv.set('user:1', { name: 'Alice' }, 3600)
 * const user = await client.kv.get<{ name: string }>('user:1')
 * await client.close()
 */
export class SynapClient extends BaseClient {
  /**
   * @param config the server's URL, or options; `http://localhost:15500` if not given
   * @throws ValidationError for an option that breaks a rule
   */
  constructor(config?: string | ClientConfig) {
    super(config, nodePlatform);
  }
}
