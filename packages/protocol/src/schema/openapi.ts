/** The OpenAPI document; filled below. */
export function openApiDocument(): Record<string, unknown> {
  return {};
}
