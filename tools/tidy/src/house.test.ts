import { expect, test } from "vitest";
import { readCheckout } from "./checkout.ts";
import { report } from "./rule.ts";
import { rules } from "./rules.ts";

const house = readCheckout(import.meta.dirname);

test("the checkout is all there", () => {
  expect(house.file("package.json")).toBeDefined();
  expect(house.packageNamed("@hivellm/synap-protocol")).toBeDefined();
  expect(house.files.filter(({ isTest }) => isTest).length).toBeGreaterThan(0);
});

test.each(rules)("$name", (rule) => {
  expect(report(rule, house).join("\n")).toBe("");
});
