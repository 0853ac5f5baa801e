import { describe, expect, test } from "vitest";
import { reportOn } from "../rule.ts";
import { documentRules } from "./documents.ts";

const { oneHeading, documentedDependencies } = documentRules;

describe("a document has one H1", () => {
  test("one, with comments in code and headings below it", () => {
    const text = "# Queues\n\n```bash\n# start the server\n```\n\n## Acks\n";
    expect(reportOn(oneHeading, { "docs/queues.md": text })).toEqual([]);
  });

  test("none", () => {
    expect(reportOn(oneHeading, { "README.md": "## Queues\n" })).toEqual([
      "README.md:1: The document has no H1. Begin it with one that says what it is about.",
    ]);
  });

  test("two", () => {
    expect(reportOn(oneHeading, { "README.md": "# Queues\n\n# Streams\n" })).toEqual([
      "README.md:3: The document has a second H1. Make it an H2, or a document of its own.",
    ]);
  });

  test("a changeset has none", () => {
    expect(reportOn(oneHeading, { ".changeset/a.md": "---\n---\n\nQueues.\n" })).toEqual([]);
  });
});

describe("every dependency is explained", () => {
  const manifest = JSON.stringify(
    {
      dependencies: { ws: "^8.0.0", "@hivellm/synap-core": "workspace:*" },
      devDependencies: { vitest: "catalog:" },
    },
    null,
    2,
  );
  const row = (name: string) => `| \`${name}\` | for sockets | MIT |\n`;

  test("all are", () => {
    const files = { "package.json": manifest, "docs/dependencies.md": row("ws") + row("vitest") };
    expect(reportOn(documentedDependencies, files)).toEqual([]);
  });

  test("one is missing", () => {
    const files = { "package.json": manifest, "docs/dependencies.md": row("ws") };
    expect(reportOn(documentedDependencies, files)).toEqual([
      "package.json:7: docs/dependencies.md does not name vitest. Add a row: what it is for, why this one, its licence.",
    ]);
  });

  test("one is no longer used", () => {
    const files = {
      "package.json": manifest,
      "docs/dependencies.md": row("ws") + row("vitest") + row("left-pad"),
    };
    expect(reportOn(documentedDependencies, files)).toEqual([
      "docs/dependencies.md:3: No package.json names left-pad. Remove the row.",
    ]);
  });
});
