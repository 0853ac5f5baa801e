import { webSocketFlavour } from "../src/flavours/websocket.ts";
import { runConformance } from "../src/run.ts";

runConformance(webSocketFlavour("json"));
runConformance(webSocketFlavour("msgpack"));
