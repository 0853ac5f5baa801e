import type { Rule } from "./rule.ts";
import { architectureRules } from "./rules/architecture.ts";
import { constructRules } from "./rules/constructs.ts";
import { documentRules } from "./rules/documents.ts";
import { hygieneRules } from "./rules/hygiene.ts";
import { lengthRules } from "./rules/length.ts";
import { testRules } from "./rules/tests.ts";

/** Every rule of the house. A rule that is not listed here is not kept. */
export const rules: readonly Rule[] = [
  lengthRules,
  constructRules,
  architectureRules,
  testRules,
  documentRules,
  hygieneRules,
].flatMap((group): Rule[] => Object.values(group));
