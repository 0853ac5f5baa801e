/** `npm start` on a machine that has Node and npm only: installs, builds, and becomes the server. */
import { spawnSync } from "node:child_process";
import { PNPM } from "./pnpm.mjs";

for (const command of [
  `${PNPM} install --frozen-lockfile`,
  `${PNPM} exec turbo run build --filter=@hivellm/synap-server --filter=@hivellm/synap-client`,
]) {
  const { status } = spawnSync(command, { shell: true, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

// npm passes a signal on to the shell that it started us with, and that dies of it without passing it
// on. So when the shell is gone, end as the signal would have had us end.
const shell = process.ppid;
setInterval(() => {
  if (process.ppid !== shell) process.kill(process.pid, "SIGTERM");
}, 250).unref();

await import("../apps/server/dist/bin.js");
