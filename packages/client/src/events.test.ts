import { SynapError } from "@hivellm/synap-protocol";
import { describe, expect, test, vi } from "vitest";
import { Emitter } from "./events.ts";

const boom = new TypeError("boom");

describe("listeners", () => {
  test("get what the event has, in the order they came", () => {
    const emitter = new Emitter({});
    const seen: string[] = [];
    emitter.on("disconnected", (reason) => seen.push(`first: ${reason}`));
    emitter.on("disconnected", (reason) => seen.push(`second: ${reason}`));
    emitter.emit("disconnected", "gone");
    expect(seen).toEqual(["first: gone", "second: gone"]);
  });

  test("one that was taken away hears nothing", () => {
    const emitter = new Emitter({});
    const listener = vi.fn();
    emitter.on("connected", listener);
    emitter.off("connected", listener);
    emitter.emit("connected");
    expect(listener).not.toHaveBeenCalled();
  });

  test("one that throws or rejects disturbs nobody", async () => {
    const logged = vi.fn();
    const emitter = new Emitter({ error: logged });
    const last = vi.fn();
    emitter.on("connected", () => {
      throw boom;
    });
    emitter.on("connected", () => Promise.reject(boom));
    emitter.on("connected", last);
    emitter.emit("connected");
    await Promise.resolve();
    expect(last).toHaveBeenCalledOnce();
    expect(logged.mock.calls.map(([, data]) => data)).toEqual([{ error: boom }, { error: boom }]);
  });
});

describe("report", () => {
  test("goes to the logger and to the listeners of error", () => {
    const logged = vi.fn();
    const listener = vi.fn();
    const emitter = new Emitter({ error: logged });
    emitter.on("error", listener);
    emitter.report("It failed.", boom);
    expect(logged).toHaveBeenCalledWith("It failed.", { error: boom });
    expect(listener).toHaveBeenCalledWith(boom);
  });

  test("with nobody listening nothing is thrown", () => {
    expect(() => new Emitter({}).report("It failed.", boom)).not.toThrow();
  });

  test("what is no Error becomes one", () => {
    const listener = vi.fn();
    const emitter = new Emitter({});
    emitter.on("error", listener);
    emitter.report("It failed.", "a text");
    expect(listener).toHaveBeenCalledWith(expect.any(SynapError));
    expect(listener.mock.calls[0]?.[0]).toMatchObject({ cause: "a text" });
  });
});
