/**
 * Reads and changes users of a database, through a cache in the server at SYNAP_URL, or on port
 * 15500 of this machine, and tells how often the database was asked.
 */
import { SynapClient } from "@hivellm/synap-client";
import { Cache } from "./cache.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

const table = new Map<number, User>([[123, { id: 123, name: "Ann" }]]);
let queries = 0;

/** Stands for your database. */
const database = {
  async findUser(id: number): Promise<User | null> {
    queries++;
    return table.get(id) ?? null;
  },
  async updateUser(user: User): Promise<void> {
    table.set(user.id, user);
  },
};

await using client = new SynapClient({ url: process.env.SYNAP_URL });
const cache = new Cache(client, { ttlSeconds: 600 });

function getUser(id: number): Promise<User | null> {
  return cache.getOrLoad(`user:${id}:profile`, () => database.findUser(id));
}

async function renameUser(id: number, name: string): Promise<void> {
  await database.updateUser({ id, name });
  await cache.invalidate(`user:${id}:`); // The profile, and whatever else is kept of this user.
}

function report(what: string, user: User | null): void {
  console.log(`${what}: ${user?.name ?? "nobody"}, ${queries} queries so far`);
}

await cache.invalidate("user:"); // What an earlier run left.
report("first read", await getUser(123));
report("second read", await getUser(123));

await renameUser(123, "Anna");
report("after a change", await getUser(123));

await cache.invalidate("user:");
const [user = null] = await Promise.all(Array.from({ length: 100 }, () => getUser(123)));
report("a hundred reads at once", user);

await getUser(404);
report("no such user, asked twice", await getUser(404));
