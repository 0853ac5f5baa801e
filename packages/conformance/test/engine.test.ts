import { engineFlavour } from "../src/flavours/engine.ts";
import { runConformance } from "../src/run.ts";

runConformance(engineFlavour);
