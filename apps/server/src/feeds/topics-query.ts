import { invalidRequest, isPattern, type SynapError } from "@hivellm/synap-protocol";

/**
 * Reads the topics of `?topics=a.b,c.*,d.%23`. URL clients drop an empty fragment, so that
 * `?topics=orders.#` arrives as `topics=orders.`: here, and only here, an empty last segment means
 * `#`, and a wholly empty item means `#` alone. Commas part topics whether they came escaped or not,
 * since many URL builders escape them; the parameter may also be repeated.
 */
export function readTopics(parameters: readonly (readonly [string, string])[]): string[] {
  const given = parameters.filter(([name]) => name === "topics");
  if (given.length === 0) throw missingTopics();
  const topics = given.flatMap(([, text]) => text.split(",").map(withHash));
  const wrong = topics.find((topic) => !isPattern(topic));
  if (wrong !== undefined) throw wrongTopic(wrong);
  return topics;
}

function withHash(item: string): string {
  return item === "" || item.endsWith(".") ? `${item}#` : item;
}

function missingTopics(): SynapError {
  return invalidRequest("The query names no topics.", {
    path: "topics",
    expected: "topics and patterns, such as ?topics=orders.created,users.*,audit.%23",
  });
}

function wrongTopic(topic: string): SynapError {
  const shown = topic.slice(0, 200);
  return invalidRequest(`${JSON.stringify(shown)} is no topic and no pattern.`, {
    path: "topics",
    topic: shown,
    expected:
      "segments joined by dots, none of them empty; * stands for one segment and # (written %23) for any number, each alone in its segment",
  });
}
