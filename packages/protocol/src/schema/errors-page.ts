import { ERROR_CODES, ERRORS } from "../errors.ts";
import { errorDocs } from "./error-docs.ts";

/** The documentation's page of errors, from the registry. Written by `pnpm generate`. */
export function errorsPage(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, retryable } = ERRORS[code];
    return `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${errorDocs[code]} |`;
  });
  return `${[
    "# Errors",
    "",
    "Over HTTP an error is its status and this body; on a socket the same `error` stands in the answer:",
    "",
    "```json",
    '{"error":{"code":"INVALID_REQUEST","message":"Unknown field \\"tll\\" in kv.set. Did you mean \\"ttl\\"?","details":{"path":"tll","expected":"one of …","nearest":"ttl"}},"request_id":"…"}',
    "```",
    "",
    "Match on `code`, never on the text. In the SDK every error is a `SynapError` with `code`, `status`, `retryable`, `details` (camelCase) and, where",
    "it is known, `requestId`. The one exception to the shape is a miss of `GET /kv/get/{key}`: 404 with the body `null`.",
    "",
    "| code | status | a repeat can help | what happened, what to do |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n")}\n`;
}
