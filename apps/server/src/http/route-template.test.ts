import { describe, expect, it } from "vitest";
import { rawParameters, routeTemplate } from "./route-template.ts";

const key = routeTemplate("/kv/get/{key}", () => true);
const two = routeTemplate("/queue/{queue}/consume/{consumer}", () => false);
const middle = routeTemplate("/queue/{queue}/stats", () => true);

describe("path templates", () => {
  it("become patterns of the router", () => {
    expect([key.pattern, two.pattern, middle.pattern]).toEqual([
      "/kv/get/*",
      "/queue/:queue/consume/:consumer",
      "/queue/:queue/stats",
    ]);
  });

  it.each([
    [key, "/kv/get/a", [["key", "a"]]],
    [key, "/kv/get/a/b//c/", [["key", "a/b//c/"]]],
    [key, "/kv/get//a", [["key", "/a"]]],
    [key, "/kv/get/../..", [["key", "../.."]]],
    [key, "/kv/get/", [["key", ""]]],
    [key, "/kv/get", []],
    [
      two,
      "/queue/q%2F1/consume/c",
      [
        ["queue", "q%2F1"],
        ["consumer", "c"],
      ],
    ],
    [middle, "/queue/q/stats", [["queue", "q"]]],
  ] as const)("%o reads %s as %j", (template, path, parameters) => {
    expect(rawParameters(template, path)).toEqual(parameters);
  });
});
