import { httpFlavour } from "../src/flavours/http.ts";
import { restFlavour } from "../src/flavours/rest.ts";
import { runConformance } from "../src/run.ts";

runConformance(httpFlavour("json"));
runConformance(httpFlavour("msgpack"));
runConformance(restFlavour);
