import type { SynapClient } from "@hivellm/synap-client";
import { type Member, memberKey, type Presence, type Status, statusKey } from "../room.ts";

/** Who is in a room, with their status, as they came: found by the prefix of their keys. */
export async function usersOf(synap: SynapClient, roomId: string): Promise<Presence[]> {
  const users: Presence[] = [];
  let cursor: string | null = null;
  do {
    const page = await synap.kv.scan({ prefix: memberKey(roomId, ""), count: 100, cursor });
    users.push(...(await Promise.all(page.keys.map((key) => presenceAt(synap, key)))).flat());
    cursor = page.cursor;
  } while (cursor !== null);
  return users.sort((one, other) => one.joinedAt - other.joinedAt);
}

/** The member whose key it is; none if they left in the meantime. The client sends these together. */
async function presenceAt(synap: SynapClient, key: string): Promise<Presence[]> {
  const member = await synap.kv.get<Member>(key);
  if (!member.found) return [];
  const status = await synap.kv.get<Status>(statusKey(member.value.userId));
  return [{ ...member.value, status: status.found ? status.value.status : "offline" }];
}
