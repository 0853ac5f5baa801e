/**
 * Tests without a server: a real client on an engine in this process, whose methods are spies and
 * whose time the test drives. Works in Node and in browsers, with Vitest and with Jest.
 *
 * @packageDocumentation
 */
export { createMockClient } from "./mock-client.ts";
export type {
  DeepPartial,
  Method,
  MockClient,
  MockClientOptions,
  MockClock,
  MockControls,
  Mocked,
  PartialReturn,
  Spy,
  SpyControls,
  SpyRecord,
  SpyResult,
} from "./types.ts";
