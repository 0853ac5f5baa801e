import type { ConformanceCase } from "../types.ts";
import { badInputCases } from "./bad-input.ts";
import { batchCases } from "./batch.ts";
import { batchMessaging } from "./batch-messaging.ts";
import { kvBasics } from "./kv-basics.ts";
import { kvCounters } from "./kv-counters.ts";
import { kvErrors } from "./kv-errors.ts";
import { kvExpiry } from "./kv-expiry.ts";
import { kvMemory } from "./kv-memory.ts";
import { kvScan } from "./kv-scan.ts";
import { kvValues } from "./kv-values.ts";
import { kvWatch } from "./kv-watch.ts";
import { largeAnswers } from "./large-answers.ts";
import { messagingErrors } from "./messaging-errors.ts";
import { pubsubBasics } from "./pubsub-basics.ts";
import { pubsubPatterns } from "./pubsub-patterns.ts";
import { queueBindings } from "./queue-bindings.ts";
import { queueDead } from "./queue-dead.ts";
import { queueDedup } from "./queue-dedup.ts";
import { queueExclusive } from "./queue-exclusive.ts";
import { queueOrder } from "./queue-order.ts";
import { queuePolls } from "./queue-polls.ts";
import { queuePush } from "./queue-push.ts";
import { queueReceipts } from "./queue-receipts.ts";
import { queueSettings } from "./queue-settings.ts";
import { queueTiming } from "./queue-timing.ts";
import { queueValues } from "./queue-values.ts";
import { streamBasics } from "./stream-basics.ts";
import { streamFollow } from "./stream-follow.ts";
import { streamHistory } from "./stream-history.ts";
import { streamRemoval } from "./stream-removal.ts";
import { streamRetention } from "./stream-retention.ts";

/** Every behaviour that a user can see, for every flavour. */
export const cases: readonly ConformanceCase[] = [
  ...kvBasics,
  ...kvCounters,
  ...kvErrors,
  ...kvExpiry,
  ...kvMemory,
  ...kvScan,
  ...kvValues,
  ...kvWatch,
  ...queueBindings,
  ...queueDead,
  ...queueDedup,
  ...queueExclusive,
  ...queueOrder,
  ...queuePolls,
  ...queuePush,
  ...queueReceipts,
  ...queueSettings,
  ...queueTiming,
  ...queueValues,
  ...streamBasics,
  ...streamFollow,
  ...streamHistory,
  ...streamRemoval,
  ...streamRetention,
  ...pubsubBasics,
  ...pubsubPatterns,
  ...largeAnswers,
  ...messagingErrors,
  ...badInputCases,
  ...batchCases,
  ...batchMessaging,
];
