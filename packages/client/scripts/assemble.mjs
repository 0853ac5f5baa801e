/**
 * Puts the built testing package where `exports` of this package point to as "./testing". A task of
 * its own rather than a dependency: testing needs the client, so the client cannot depend on it.
 */
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL("../../testing/dist", import.meta.url));
const to = fileURLToPath(new URL("../dist/testing", import.meta.url));
rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });
