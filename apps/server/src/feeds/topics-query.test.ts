import { isSynapError } from "@hivellm/synap-protocol";
import { describe, expect, it } from "vitest";
import { readQuery } from "../http/query.ts";
import { readTopics } from "./topics-query.ts";

const read = (query: string) => readTopics(readQuery(query));

describe("?topics=", () => {
  it.each([
    ["topics=a.b", ["a.b"]],
    ["topics=a.b,c.*,d.%23", ["a.b", "c.*", "d.#"]],
    ["topics=a.b%2Cc.*", ["a.b", "c.*"]],
    ["topics=events.order.", ["events.order.#"]],
    ["topics=", ["#"]],
    ["topics", ["#"]],
    ["topics=%23", ["#"]],
    ["topics=a.,b", ["a.#", "b"]],
    ["topics=a,,b.", ["a", "#", "b.#"]],
    ["topics=a&topics=b,c", ["a", "b", "c"]],
    ["topics=caf%C3%A9.*", ["café.*"]],
    ["topics=a+b", ["a b"]],
    ["topics=a.%23.", ["a.#.#"]],
    ["topics=a&api_key=secret", ["a"]],
  ])("%s is %j", (query, topics) => {
    expect(read(query)).toEqual(topics);
  });

  it.each([
    ["", undefined],
    ["topics=a..b", "a..b"],
    ["topics=.a", ".a"],
    ["topics=.", ".#"],
    ["topics=a,b.c*", "b.c*"],
    ["topics=%23.%23.%23.%23", "#.#.#.#"],
    ["topics=a%00", "a\0"],
    ["topics=%ff", undefined],
    ["topics=a%", undefined],
  ])("%s is refused, naming the topic", (query, topic) => {
    const error = thrownBy(() => read(query));
    expect(error).toMatchObject({ code: "INVALID_REQUEST" });
    expect([error.details.path, error.details.topic]).toEqual(["topics", topic]);
  });
});

function thrownBy(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isSynapError(error)) return error;
    throw error;
  }
  throw new TypeError("nothing was thrown");
}
