import { describe, expect, test } from "vitest";
import { wireCommands } from "./generated/wire.ts";
import {
  findWireCommand,
  messageByKind,
  messageByType,
  nearestName,
  wireCommand,
  wireCommandByNumber,
} from "./wire-table.ts";

describe("the nearest name", () => {
  const names = ["ttl", "ttl_ms", "keep_ttl", "key", "value", "if_version"];

  test.each([
    ["tll", "ttl"],
    ["TTL", "ttl"],
    ["ttlms", "ttl_ms"],
    ["vallue", "value"],
    ["ifversion", "if_version"],
    ["kepttl", "keep_ttl"],
    ["ke", "key"],
    ["ttl", "ttl"],
  ])("to %s is %s", (name, nearest) => {
    expect(nearestName(name, names)).toBe(nearest);
  });

  test.each(["", "completely", "x".repeat(101), "x".repeat(100_000), "??"])(
    "to %.20s is none",
    (name) => {
      expect(nearestName(name, names)).toBeNull();
    },
  );

  test("is none where there are no names", () => {
    expect(nearestName("a", [])).toBeNull();
  });
});

describe("commands and messages of the wire", () => {
  test("are found by name and by number", () => {
    for (const command of wireCommands) {
      expect(wireCommand(command.name)).toBe(command);
      expect(findWireCommand(command.name)).toBe(command);
      expect(wireCommandByNumber(command.number)).toBe(command);
    }
  });

  test.each([
    ["kv.gett", "kv.get"],
    ["KV.SET", "kv.set"],
    ["kv.delete", "kv.del"],
    ["bacth", "batch"],
  ])("%s is unknown, but near %s", (name, nearest) => {
    expect(() => wireCommand(name)).toThrow(
      expect.objectContaining({
        code: "UNKNOWN_COMMAND",
        message: `There is no command "${name}". Did you mean ${nearest}?`,
        details: { command: name, nearest },
      }),
    );
  });

  test.each(["toString", "__proto__", "something.else.entirely"])("%s is unknown", (name) => {
    expect(findWireCommand(name)).toBeUndefined();
    expect(() => wireCommand(name)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_COMMAND", details: { command: name } }),
    );
  });

  test("a number that nobody has is unknown", () => {
    for (const number of [0, -1, 99, 1.5, Number.NaN]) {
      expect(() => wireCommandByNumber(number)).toThrow(
        expect.objectContaining({ code: "UNKNOWN_COMMAND" }),
      );
    }
  });

  test("messages are found by their direction", () => {
    expect(messageByType("client", "hello")?.fields[0]?.name).toBe("client_id");
    expect(messageByType("server", "hello")?.fields[0]?.name).toBe("session");
    expect(messageByType("client", "watch")).toBeUndefined();
    expect(messageByKind("server", -11)?.type).toBe("watch");
    expect(messageByKind("client", -11)).toBeUndefined();
  });
});
