/** The chat sample's TypeScript, on the SDK: its backend, its page, and its snippets. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { startProgram, until } from "@hivellm/synap-example-support";
import { checkChatSamplePage, SERVE_PAGE } from "./chat-sample-page.ts";
import { checkCompiles } from "./compiler.ts";
import { runModule, writeModule } from "./modules.ts";
import * as prelude from "./preludes/chat.ts";
import type { Run } from "./run.ts";

/** An event as the sample's page reads it. */
interface Event {
  readonly offset: number;
  readonly event_type: string;
  readonly eventType: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const ann = { userId: "ann", username: "Ann" };
const bob = { userId: "bob", username: "Bob" };

export async function checkChatSample(run: Run): Promise<void> {
  const { report, url, ports, code } = run;
  report.section("The chat sample, in TypeScript");
  const [backendCode = ""] = code("typescript", "Backend (TypeScript)");
  report.note("with a line behind its backend, which serves its page");
  const backend = startProgram(writeModule("chat-backend", backendCode, { postlude: SERVE_PAGE }));
  try {
    await backend.printed(/^Chat server running on port 3000$/m);
    const site = `http://localhost:${ports.application}`;
    await checkBackend(run, site);
    await checkChatSamplePage(run, site);
  } finally {
    await backend.stop();
  }

  prelude.connect(url);
  try {
    await checkSnippets(run);
  } finally {
    await prelude.synap.close();
  }
  for (const name of ["backend", "typing", "presence", "private", "reactions", "batching"])
    await checkCompiles(run, `chat-${name}`);
  await checkCompiles(run, "chat-frontend", {
    "Cannot find name 'Subscription'. Did you mean 'PushSubscription'?": 1,
    "Parameter 'event' implicitly has an 'any' type.": 1,
    "Object is possibly 'null'.": 7,
    "Property 'value' does not exist on type 'HTMLElement'.": 3,
    "Argument of type 'string | null' is not assignable to parameter of type 'string'.": 2,
  });
}

async function checkBackend({ report }: Run, site: string): Promise<void> {
  const call = async <T>(path: string, body?: object): Promise<T> => {
    const headers = { "content-type": "application/json" };
    const init = body && { method: "POST", headers, body: JSON.stringify(body) };
    return (await (await fetch(`${site}/api/rooms/${path}`, init)).json()) as T;
  };
  type Joined = { readonly history: Event[] };

  await report.check("its backend lets people join a room that nobody created", async () => {
    const { history } = await call<Joined>("garden/join", ann);
    deepEqual(
      history.map(({ offset, event_type, eventType }) => [offset, event_type, eventType]),
      [[1, "join", "join"]],
    );
  });
  await report.check("it sends messages and tells their offset", async () => {
    const sent = await call<Event>("garden/messages", { ...ann, text: "Hi" });
    equal(sent.offset, 2);
  });
  await report.check("who joins gets the last fifty events", async () => {
    for (let index = 0; index < 60; index++)
      await call("garden/messages", { ...ann, text: `${index}` });
    const { history } = await call<Joined>("garden/join", bob);
    equal(history.length, 50);
    deepEqual(history.at(-2)?.data.text, "59");
    deepEqual(history.at(-1)?.data.username, "Bob");
  });
  await report.check("it lists the users of a room, until they leave", async () => {
    const names = async () => {
      const { users } = await call<{ users: { username: string }[] }>("garden/users");
      return users.map(({ username }) => username).sort();
    };
    deepEqual(await names(), ["Ann", "Bob"]);
    await call("garden/leave", ann);
    deepEqual(await names(), ["Bob"]);
  });
}

async function checkSnippets({ report, code }: Run): Promise<void> {
  const { synap, typists, repeated } = prelude;
  const snippet = <T>(
    heading: string,
    name: string,
    names: readonly string[],
    exports: readonly string[] = [],
  ) => {
    const [block = ""] = code("typescript", heading);
    const from = `import { ${names.join(", ")} } from "../src/preludes/chat.ts";\n`;
    const declared = /^subscription = /m.test(block) ? "let subscription: unknown;\n" : "";
    return runModule<T>(name, block, { prelude: from + declared, exports });
  };

  interface Typing {
    setTyping(roomId: string, username: string, isTyping: boolean): Promise<void>;
  }
  await report.check("typing indicators", async () => {
    const names = ["synap", "roomId", "updateTypingIndicator"];
    const { setTyping } = await snippet<Typing>("Typing", "chat-typing", names, ["setTyping"]);
    await setTyping("general", "Ann", true);
    await setTyping("general", "Ann", false);
    await until(
      async () => typists.length >= 2,
      () => `${typists.length} of 2 typing events arrived`,
    );
    deepEqual(typists, [
      ["Ann", true],
      ["Ann", false],
    ]);
  });

  await report.check("user presence, kept up by a heartbeat", async () => {
    await snippet("User Presence", "chat-presence", ["synap", "userId", "setInterval"]);
    const status = await synap.kv.get<{ status: string }>("user:user-123:status");
    equal(status.value?.status, "online");
    const heartbeat = repeated.pop();
    equal(heartbeat?.everyMs, 60_000);
    await synap.kv.expire("user:user-123:status", 10);
    await heartbeat.run();
    const { ttl } = await synap.kv.get("user:user-123:status");
    ok(ttl !== null && ttl > 10, "The heartbeat did not move the end of the status.");
  });

  interface Private {
    sendPrivateMessage(fromUser: string, toUser: string, text: string): Promise<void>;
  }
  await report.check("private messages, in one room whoever begins", async () => {
    const name = "sendPrivateMessage";
    const { [name]: send } = await snippet<Private>("Private", "chat-private", ["synap"], [name]);
    await send("bob", "ann", "Hi Ann");
    await send("ann", "bob", "Hi Bob");
    const { events } = await synap.stream.history("dm-ann-bob");
    deepEqual(
      events.map(({ data }) => data.text),
      ["Hi Ann", "Hi Bob"],
    );
  });

  await report.check("message reactions", async () => {
    await snippet("Message Reactions", "chat-reactions", ["synap", "roomId"]);
    const { events } = await synap.stream.history("chat-general", { fromOffset: -1 });
    equal(events[0]?.eventType, "reaction");
    equal(events[0]?.data.messageOffset, 42);
  });

  interface Batching {
    onUserTyping(username: string): void;
  }
  await report.check("typing in batches", async () => {
    const names = ["synap", "roomId", "setInterval"];
    const exports = ["onUserTyping"];
    const { onUserTyping } = await snippet<Batching>(
      "Message Batching",
      "chat-batching",
      names,
      exports,
    );
    for (const name of ["Ann", "Bob", "Ann"]) onUserTyping(name);
    const flush = repeated.pop();
    equal(flush?.everyMs, 500);
    await flush.run();
    await flush.run();
    const { events } = await synap.stream.history("chat-general", { fromOffset: -2 });
    deepEqual(
      events.map(({ eventType }) => eventType),
      ["reaction", "typing_batch"],
    );
    deepEqual(events[1]?.data, { users: ["Ann", "Bob"] });
  });
}
