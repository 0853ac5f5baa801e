import { writeFileSync } from "node:fs";
import { errorsPage } from "../src/schema/errors-page.ts";
import { wireSource } from "../src/schema/wire-source.ts";

writeFileSync(new URL("../src/generated/wire.ts", import.meta.url), wireSource());
writeFileSync(new URL("../../../docs/errors.md", import.meta.url), errorsPage());
