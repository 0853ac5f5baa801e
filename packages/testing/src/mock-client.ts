import { type ClientClock, SynapClient } from "@hivellm/synap-client";
import { type Engine, type ManualClock, manualClock, openEngine } from "@hivellm/synap-core";
import type { Mock } from "@vitest/spy";
import { engineSockets } from "./engine-socket.ts";
import { makeSpy } from "./spy.ts";
import type { MockClient, MockClientOptions } from "./types.ts";

type Run = (...args: unknown[]) => unknown;
type Methods = Record<string, Run>;

/** An engine, its time, and the clients on it. A mock has one after the other. */
interface World {
  /** The client behind the spies. */
  readonly client: SynapClient;
  readonly engine: Promise<Engine>;
  readonly clock: ManualClock;
  connect(): SynapClient;
  close(): Promise<void>;
}

function openWorld({ startMs, format, limits }: MockClientOptions): World {
  const clock = manualClock(startMs);
  const engine = openEngine({ clock, ...(limits === undefined ? {} : { limits }) });
  const WebSocket = engineSockets(engine);
  const clients: SynapClient[] = [];
  const connect = (): SynapClient => {
    const url = "http://mock";
    const transport = "websocket" as const;
    const client = new SynapClient({
      url,
      transport,
      format,
      WebSocket,
      clock: clientClock(clock),
    });
    clients.push(client);
    return client;
  };
  return {
    client: connect(),
    engine,
    clock,
    connect,
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await (await engine).close();
    },
  };
}

/** The engine's time as its clients see it: deadlines and workers live by it too. */
function clientClock(clock: ManualClock): ClientClock {
  return {
    nowMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    setTimer: (fire, delayMs) => clock.setTimer(fire, delayMs),
  };
}

/**
 * Makes a client for unit tests: a real one, on an engine of its own in this process. Every method
 * is a spy that does the real thing, so what is set can be read, and a watch hears of it. A spy can
 * be told otherwise, with as much of a result as the test cares for. Its time stands still until
 * `clock.advance`.
 *
 * @example
 * const mock = createMockClient()
 * mock.kv.get.mockResolvedValueOnce({ value: { name: 'Alice' } })
 * await greet(mock, 'user:1') // takes a SynapClient
 * expect(mock.kv.get).toHaveBeenCalledWith('user:1')
 *
 * await mock.kv.set('session:1', 'x', 60)
 * await mock.clock.advance(60_000)
 * expect(await mock.kv.get('session:1')).toMatchObject({ found: false })
 */
export function createMockClient(options: MockClientOptions = {}): MockClient {
  let world = openWorld(options);
  const spies: Mock<Run>[] = [];
  const spyOn = (path: string, real: Run): Mock<Run> => {
    const spy = makeSpy(path, real);
    spies.push(spy);
    return spy;
  };
  const mock = Object.create(SynapClient.prototype) as MockClient;
  const listening = (name: "on" | "off"): Mock<Run> =>
    spyOn(name, (...args) => {
      (world.client as unknown as Methods)[name]?.(...args);
      return mock;
    });
  const members = {
    kv: spiesOf("kv", () => world.client.kv, spyOn),
    queue: {
      ...spiesOf("queue", () => world.client.queue, spyOn),
      dead: spiesOf("queue.dead", () => world.client.queue.dead, spyOn),
    },
    stream: spiesOf("stream", () => world.client.stream, spyOn),
    pubsub: spiesOf("pubsub", () => world.client.pubsub, spyOn),
    batch: spyOn("batch", (...args) => (world.client.batch as Run)(...args)),
    on: listening("on"),
    off: listening("off"),
    close: spyOn("close", () => world.close()),
    connect: () => world.connect(),
    clock: {
      now: () => world.clock.wallMs(),
      advance: async (ms: number) => {
        const { engine, clock } = world;
        await engine;
        await clock.advance(ms);
      },
    },
    reset: () => {
      const old = world;
      world = openWorld(options);
      for (const spy of spies) spy.mockReset();
      return old.close();
    },
  };
  return Object.assign(mock, members);
}

/** Spies for all methods of a part of the client, whichever client it is at the moment. */
function spiesOf(
  name: string,
  part: () => object,
  spyOn: (path: string, real: Run) => Mock<Run>,
): Record<string, Mock<Run>> {
  const real = part() as Methods;
  const kind: object = Object.getPrototypeOf(real);
  // The methods of a plain object are its own, those of a class its prototype's.
  const names = Object.getOwnPropertyNames(kind === Object.prototype ? real : kind);
  const methods = names.filter(
    (method) => method !== "constructor" && typeof real[method] === "function",
  );
  return Object.fromEntries(
    methods.map((method) => [
      method,
      spyOn(`${name}.${method}`, (...args) => (part() as Methods)[method]?.(...args)),
    ]),
  );
}
