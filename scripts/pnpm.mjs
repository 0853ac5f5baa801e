/** pnpm, installed or not. The same version as in package.json. */
export const PNPM = "npx -y pnpm@12.21.0";
