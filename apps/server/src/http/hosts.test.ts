import { describe, expect, it } from "vitest";
import { hostInUrl, hostOfAuthority, isLoopbackHost, isLoopbackOrigin } from "./hosts.ts";

describe("hosts", () => {
  it.each([
    ["localhost", true],
    ["app.localhost", true],
    ["a.b.localhost", true],
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["[::1]", true],
    ["localhost.evil.com", false],
    ["evillocalhost", false],
    ["128.0.0.1", false],
    ["127.0.0.256", false],
    ["127.1", false],
    ["0.0.0.0", false],
    ["::", false],
    ["127.0.0.1.evil.com", false],
    ["", false],
  ])("%j is loopback: %s", (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });

  it.each([
    ["localhost:15500", "localhost"],
    ["LocalHost", "localhost"],
    ["localhost.", "localhost"],
    ["[::1]:80", "[::1]"],
    ["a.example:65535", "a.example"],
    ["localhost:", "localhost"],
    ["localhost:65536", null],
    ["localhost:x", null],
    ["a b", null],
    ["a/b", null],
    ["user@localhost", null],
    ["[::1", null],
    ["", null],
    ["a:1:2", null],
  ])("the host of %j is %s", (authority, host) => {
    expect(hostOfAuthority(authority)).toBe(host);
  });

  it.each([
    ["http://localhost", true],
    ["https://localhost:3000", true],
    ["http://app.localhost:81", true],
    ["http://127.0.0.1:8080", true],
    ["http://[::1]:5173", true],
    ["HTTP://LOCALHOST", true],
    ["null", false],
    ["", false],
    ["http://evil.com", false],
    ["http://localhost.evil.com", false],
    ["http://localhost@evil.com", false],
    ["http://localhost:3000@evil.com", false],
    ["http://localhost/", false],
    ["http://localhost#.evil.com", false],
    ["file://localhost", false],
    ["chrome-extension://localhost", false],
    ["http://localhost, http://evil.com", false],
    ["http://127.0.0.1.evil.com", false],
  ])("%j is an origin of this machine: %s", (origin, expected) => {
    expect(isLoopbackOrigin(origin)).toBe(expected);
  });

  it("puts IPv6 addresses into brackets", () => {
    expect([hostInUrl("::1"), hostInUrl("127.0.0.1")]).toEqual(["[::1]", "127.0.0.1"]);
  });
});
