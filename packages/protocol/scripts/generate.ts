import { writeFileSync } from "node:fs";
import { wireSource } from "../src/schema/wire-source.ts";

writeFileSync(new URL("../src/generated/wire.ts", import.meta.url), wireSource());
