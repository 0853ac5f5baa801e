import { SynapClient } from "@hivellm/synap-client";
import { createMockClient } from "@hivellm/synap-client/testing";
import { type RunningProcess, startProgram, until } from "@hivellm/synap-example-support";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ChatClient } from "../src/console/chat-client.ts";
import { type Chat, startChat, usersIn } from "./chat.ts";

const CONSOLE = new URL("../src/console/main.ts", import.meta.url);

describe("in terminals", () => {
  let chat: Chat;
  const running: RunningProcess[] = [];
  beforeAll(async () => {
    chat = await startChat();
  });
  afterEach(async () => {
    for (const terminal of running.splice(0)) await terminal.stop();
  });
  afterAll(() => chat.stop());

  async function enter(room: string, name: string): Promise<RunningProcess> {
    const terminal = startProgram(CONSOLE, [room, name], { SYNAP_URL: chat.synap });
    running.push(terminal);
    await terminal.printed(new RegExp(`You are ${name} in ${room}\n`));
    return terminal;
  }

  async function present(room: string): Promise<string[]> {
    return (await usersIn(chat, room)).map(({ username }) => username);
  }

  test("two people talk, a third one reads what was said", async () => {
    const alice = await enter("general", "Alice");
    const bob = await enter("general", "Bob");
    await alice.printed(/\* Bob joined the room\n/);
    alice.type("Hello everyone!");
    await bob.printed(/\] Alice: Hello everyone!\n/);
    bob.type("Hi Alice");
    await alice.printed(/\] Bob: Hi Alice\n/);
    expect((await present("general")).sort()).toEqual(["Alice", "Bob"]);

    const carol = await enter("general", "Carol");
    expect(carol.output.replace(/\[.*?\]/g, "[]")).toMatch(
      /\[\] Alice: Hello everyone!\n\[\] Bob: Hi Alice\n/,
    );
    expect(carol.output.match(/Hello everyone!/g)).toHaveLength(1);

    expect(await bob.stop()).toBe(0);
    await carol.printed(/\* Bob left the room\n/);
    expect((await present("general")).sort()).toEqual(["Alice", "Carol"]);
  });

  test("somebody whose program dies is in no list", async () => {
    const alice = await enter("frail", "Alice");
    expect(await present("frail")).toEqual(["Alice"]);
    await alice.crash();
    await until(
      async () => (await present("frail")).length === 0,
      () => "Alice is still there",
    );
  });

  test("what others write does not drive the terminal", async () => {
    await using synap = new SynapClient(chat.synap);
    const alice = await enter("strange", "Alice");
    const mallory = new ChatClient(synap);
    await mallory.joinRoom("strange", "mallory", "\x1b[2J");
    await mallory.sendMessage("Mallory", "\x1b]0;attacked\x07 done");
    await alice.printed(/ done\n/);
    expect(alice.output).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe("ChatClient", () => {
  test("should join room and receive history", async () => {
    const mock = createMockClient();
    mock.stream.history.mockResolvedValue({
      events: [{ offset: 1, eventType: "message", data: { text: "Hi" } }],
      oldestOffset: 1,
      newestOffset: 1,
    });

    const texts: string[] = [];
    const chat = new ChatClient(mock, { onMessage: ({ text }) => texts.push(text) });
    await chat.joinRoom("test-room", "user-1", "Alice");

    expect(mock.stream.history).toHaveBeenCalledWith("chat-test-room", expect.any(Object));
    expect(texts).toEqual(["Hi"]);
    await mock.close();
  });

  test("misses nothing that happens while it joins, and shows nothing twice", async () => {
    const mock = createMockClient();
    const say = (text: string) =>
      mock.stream.publish("chat-busy", "message", { userId: "b", username: "Bob", text });
    await say("before");
    const history = await mock.stream.history("chat-busy");
    await say("meanwhile");
    mock.stream.history.mockResolvedValueOnce(history);

    const texts: string[] = [];
    const chat = new ChatClient(mock, { onMessage: ({ text }) => texts.push(text) });
    await chat.joinRoom("busy", "user-1", "Alice");
    await say("after");
    await mock.clock.advance(0);
    expect(texts).toEqual(["before", "meanwhile", "after"]);

    await chat.leaveRoom("Alice");
    await say("too late");
    await mock.clock.advance(0);
    expect(texts).toHaveLength(3);
    expect((await mock.kv.scan("room:busy:user:")).keys).toEqual([]);
    await mock.close();
  });
});
