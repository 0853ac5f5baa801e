/** `pnpm soak queue|rooms|churn [options]`: long runs that look for faults rather than speed. */
const [name = ""] = process.argv.splice(2, 1);
const soaks: Readonly<Record<string, () => Promise<unknown>>> = {
  queue: () => import("./queue.ts"),
  rooms: () => import("./rooms.ts"),
  churn: () => import("./churn.ts"),
};
const soak = soaks[name];
if (soak === undefined) {
  console.log(`Usage: pnpm soak ${Object.keys(soaks).join("|")} [options]`);
  process.exitCode = 2;
} else await soak();

export {};
