import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { browserPlatform } from "./browser.ts";

test("gzip with the web's own streams", async () => {
  const bytes = new TextEncoder().encode("x".repeat(1_000));
  const zipped = await browserPlatform.gzip(bytes);
  expect(zipped.length).toBeLessThan(100);
  expect(new Uint8Array(gunzipSync(zipped))).toEqual(bytes);
});

test("timers can be taken back", async () => {
  const { clock } = browserPlatform;
  const fired: string[] = [];
  const cancel = clock.setTimer(() => fired.push("cancelled"), 0, true);
  cancel();
  await new Promise<void>((done) => {
    clock.setTimer(done, 1, true);
  });
  expect(fired).toEqual([]);
  expect(clock.nowMs()).toBeGreaterThan(0);
});
