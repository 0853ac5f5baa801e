import { fn, type Mock } from "@vitest/spy";
import { fillers } from "./fill.ts";

type Run = (...args: unknown[]) => unknown;

/**
 * Makes a spy that does the real thing unless it is told otherwise; what it is told to answer may be
 * partial. `path` is the method's, such as `kv.get`.
 */
export function makeSpy(path: string, real: Run): Mock<Run> {
  const spy = fn<Run>(real).mockName(path);
  const fill = fillers[path];
  if (fill === undefined) return spy;
  const filled =
    (run: Run): Run =>
    async (...args) =>
      fill(await run(...args), args);
  const implement = spy.mockImplementation;
  const implementOnce = spy.mockImplementationOnce;
  return Object.assign(spy, {
    mockImplementation: (run: Run) => implement(filled(run)),
    mockImplementationOnce: (run: Run) => implementOnce(filled(run)),
    mockResolvedValue: (partial: unknown) => implement(filled(() => partial)),
    mockResolvedValueOnce: (partial: unknown) => implementOnce(filled(() => partial)),
  });
}
