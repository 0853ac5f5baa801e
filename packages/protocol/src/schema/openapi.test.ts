import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../errors.ts";
import type { CommandDefinition } from "./define.ts";
import { openApiDocument } from "./openapi.ts";
import { commands } from "./registry.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly $ref?: string;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Record<string, { schema: Schema }>;
  };
  readonly responses: Record<string, { readonly content?: Record<string, { schema?: unknown }> }>;
}

interface Schema {
  readonly required?: readonly string[];
  readonly properties: Record<string, unknown>;
}

// What travels is JSON: symbols and undefined members do not.
const document = JSON.parse(JSON.stringify(openApiDocument({ version: "1.2.3" })));
const paths: Record<string, Record<string, Operation>> = document.paths;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);
const bound = (commands as readonly CommandDefinition[]).filter(
  (command) => command.http !== undefined,
);

function* referencesIn(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "$ref") yield String(value);
    else yield* referencesIn(value);
  }
}

function resolve(reference: string): unknown {
  return reference
    .replace(/^#\//, "")
    .split("/")
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
}

describe("the OpenAPI document", () => {
  it("says what it describes", () => {
    expect(document).toMatchObject({
      openapi: "3.1.0",
      info: { title: "Synap", version: "1.2.3" },
    });
  });

  it.each(bound.map((command) => [command.name, command] as const))(
    "has the route of %s",
    (_, command) => {
      const { method, path } = command.http ?? { method: "GET", path: "" };
      const operation = paths[path]?.[method.toLowerCase()];
      expect(operation?.tags).toEqual([command.name.split(".")[0]]);
      const inPath = operation?.parameters?.filter((parameter) => parameter.in === "path");
      expect(inPath?.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    },
  );

  it("leaves no field of a command out", () => {
    for (const command of bound) {
      const { method, path } = command.http ?? { method: "GET", path: "" };
      const operation = paths[path]?.[method.toLowerCase()] as Operation;
      const named = (operation.parameters ?? []).flatMap(({ name, in: place }) =>
        name !== undefined && place !== "header" ? [name] : [],
      );
      const body = operation.requestBody?.content["application/json"]?.schema.properties ?? {};
      expect([...named, ...Object.keys(body)].sort()).toEqual(
        Object.keys(command.request.properties).sort(),
      );
    }
  });

  it("gives every operation an id of its own", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[a-z][A-Za-z0-9]*$/.test(id))).toBe(true);
  });

  it("answers every operation, failures included", () => {
    for (const { operation } of operations) {
      expect(operation.responses["200"]?.content).toBeDefined();
      expect(operation.responses.default).toEqual({ $ref: "#/components/responses/Error" });
    }
  });

  it("resolves every reference", () => {
    const references = [...new Set(referencesIn(document))];
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(resolve(reference), reference).toBeDefined();
  });

  it("keeps the validators' own words to itself", () => {
    const text = JSON.stringify(document);
    expect(text).not.toContain('"expected":');
    expect(text).not.toContain("x-synap");
    expect(text).not.toContain("synap-key");
  });

  it("lists every error code with its status", () => {
    const codes = document.components.schemas.ErrorCode;
    expect(codes.enum).toEqual(ERROR_CODES);
    expect(codes.description).toContain("| `VERSION_MISMATCH` | 409 | no |");
  });

  it("describes kv.set's body and kv.get's bare value", () => {
    const body = paths["/kv/set"]?.post?.requestBody;
    expect(body?.required).toBe(true);
    expect(body?.content["application/json"]?.schema.required).toEqual(["key", "value"]);
    const get = paths["/kv/get/{key}"]?.get;
    expect(Object.keys(get?.responses["200"]?.content ?? {})).toContain(
      "text/plain; charset=utf-8",
    );
    expect(get?.responses["404"]?.content?.["application/json"]?.schema).toEqual({ type: "null" });
  });
});
