import { mockFlavour, sdkFlavour } from "../src/flavours/sdk.ts";
import { runConformance } from "../src/run.ts";

runConformance(mockFlavour);
runConformance(sdkFlavour("websocket", "msgpack"));
runConformance(sdkFlavour("websocket", "json"));
runConformance(sdkFlavour("http", "json"));
runConformance(sdkFlavour("http", "msgpack"));
