import assert from "node:assert/strict";
import { manualClock } from "@hivellm/synap-core";
import { EngineImpl, foldRecords, imageOf, recordingJournal } from "@hivellm/synap-core/internal";
import {
  type BatchOutcome,
  decodeValue,
  MAX_PAGE,
  type MessageFields,
  readCall,
  type ServerMessage,
  type TaggedValue,
  type WireField,
  wireCommand,
  writeFields,
} from "@hivellm/synap-protocol";
import { has } from "../expectations.ts";
import type { Fields, Flavour, Party, Push } from "../types.ts";

/**
 * The engine in process. At the end of each case its effects are applied to an empty state as
 * recovery would, and both states must be the same: keys, queues with their messages and places,
 * rooms with their events. Then everyone leaves, and nothing may be left of them.
 */
export const engineFlavour: Flavour = {
  name: "engine in process",
  capabilities: ["session", "pushes", "wire", "socket", "freezing"],
  async start(limits) {
    const clock = manualClock();
    const journal = recordingJournal();
    const faults: unknown[] = [];
    const engine = new EngineImpl({
      clock,
      journal,
      limits,
      onFault: (error) => faults.push(error),
    });
    const parties: Party[] = [];
    return {
      async join() {
        const party = joinEngine(engine);
        parties.push(party);
        return party;
      },
      advance: (ms) => clock.advance(ms),
      async stop() {
        await clock.advance(0);
        const live = imageOf(engine.state);
        const folded = foldRecords(journal.blocks.flatMap((block) => block.records));
        assert.deepEqual(
          imageOf(folded),
          live,
          "effects applied to an empty state give this state",
        );
        for (const party of parties) await party.close();
        await clock.advance(engine.limits.sessionGraceMs);
        await nothingIsLeft(engine);
        await engine.close();
        assert.deepEqual(faults, []);
      },
    };
  },
};

/** Nobody is subscribed to anything, nothing is in anyone's hands: all sessions have ended. */
async function nothingIsLeft(engine: EngineImpl): Promise<void> {
  const house = engine.open();
  const ask = async (name: string, payload: Fields = {}): Promise<Fields> =>
    (await house.execute({ command: wireCommand(name), payload })).payload;
  const all = { limit: MAX_PAGE };
  for (const queue of (await ask("queue.list", all)).items as Fields[]) {
    has(queue, { in_flight: 0, consumers: 0 });
  }
  for (const room of (await ask("stream.rooms", all)).items as Fields[]) {
    has(room, { subscribers: 0 });
  }
  const { topics, bindings, subscribers } = await ask("pubsub.stats");
  assert.equal(subscribers, 0);
  assert((topics as number) <= (bindings as number), "only bound patterns are listened to");
  has(await ask("kv.stats"), { watchers: 0, session_keys: 0 });
}

function joinEngine(engine: EngineImpl): Party {
  const pushes: Push[] = [];
  let frozen = false;
  const session = engine.open({
    sink: {
      get writable() {
        return !frozen;
      },
      send: (messages) => pushes.push(...messages.filter(isPush).map(readPush)),
      end: () => undefined,
      pauseReading: () => undefined,
      resumeReading: () => undefined,
    },
  });
  return {
    pushes,
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
      session.drained();
    },
    hello: () => session.receive([{ kind: "notice", type: "hello", fields: {} }]),
    lose: () => session.lose(),
    async call(name, payload = {}, signal) {
      const command = wireCommand(name);
      // Through the readable form, so that values are encoded as a caller's are.
      const call = readCall(
        { command: name, payload: writeFields(command.request, payload, "msgpack") },
        "msgpack",
      );
      const answer = await session.execute(call, signal);
      return readAnswer(command.response, answer.payload);
    },
    close: async () => session.close("the case is over"),
  };
}

type ServerPushMessage = ServerMessage & { kind: "push" };

function isPush(message: ServerMessage): message is ServerPushMessage {
  return message.kind === "push" && message.type !== "hello"; // the answer to ours
}

/** A push as a client would see it: what has no value is not there, bytes are tagged values. */
function readPush({ type, fields }: ServerPushMessage): Push {
  const read: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    read[name] = ArrayBuffer.isView(value) ? decodeValue(value as TaggedValue) : value;
  }
  return { type, fields: read };
}

/** An answer with its tagged values decoded. */
function readAnswer(fields: readonly WireField[], payload: MessageFields): Fields {
  const result: Fields = {};
  for (const { name, shape } of fields) {
    const value = payload[name];
    if (value === undefined) continue;
    if (shape === "value") result[name] = value === null ? null : decodeValue(value as TaggedValue);
    else if (shape === "results") result[name] = (value as BatchOutcome[]).map(readOutcome);
    else if (Array.isArray(shape))
      result[name] = (value as Fields[]).map((v) => readAnswer(shape, v));
    else result[name] = value;
  }
  return result;
}

function readOutcome(outcome: BatchOutcome): Fields {
  return "error" in outcome
    ? { status: "error", error: outcome.error }
    : { status: "success", payload: readAnswer(outcome.command.response, outcome.payload) };
}
