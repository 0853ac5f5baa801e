/** Reads what browsers send, which may be anything. */
import { isId, type User } from "../room.ts";

/** A request that is wrong; its message says in what. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

export function readId(value: unknown, name: string): string {
  if (isId(value)) return value;
  throw new BadRequest(`${name} must be 1 to 64 letters, digits, _ or -`);
}

export function readText(value: unknown, name: string, maxLength: number): string {
  if (typeof value === "string" && value !== "" && value.length <= maxLength) return value;
  throw new BadRequest(`${name} must be a text of at most ${maxLength} characters`);
}

export function readNumber(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new BadRequest(`${name} must be a whole number`);
}

export function readFlag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new BadRequest(`${name} must be true or false`);
}

/** Who somebody says they are. An application with a login knows it from there. */
export function readUser(body: unknown): User {
  if (typeof body !== "object" || body === null) throw new BadRequest("The body must be JSON");
  const { userId, username } = body as Record<string, unknown>;
  return { userId: readId(userId, "userId"), username: readText(username, "username", 64) };
}
