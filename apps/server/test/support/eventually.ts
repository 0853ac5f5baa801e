const TRIES = 1_000;

/** Asks until the answer is as wanted; returns the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
): Promise<T> {
  let answer = await ask();
  for (let i = 0; i < TRIES && !isWanted(answer); i++) answer = await ask();
  return answer;
}
