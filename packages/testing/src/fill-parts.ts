/** What the fillers of all parts share. */

export type Fields = Record<string, unknown>;

/** Completes a partial result of a call with these arguments. */
export type Filler = (partial: unknown, args: readonly unknown[]) => unknown;

export function asFields(partial: unknown): Fields {
  return typeof partial === "object" && partial !== null ? (partial as Fields) : {};
}

export function asList(partial: unknown): readonly unknown[] {
  return Array.isArray(partial) ? partial : [];
}

/** A page of a list whose items are completed by `item`. */
export function page(partial: unknown, item: (partial: Fields) => Fields): Fields {
  const { items, cursor = null, ...fields } = asFields(partial);
  const all = asList(items).map((each) => item(asFields(each)));
  return { hasMore: cursor !== null, ...fields, items: all, cursor };
}

export function subscription(): Fields {
  const unsubscribe = async (): Promise<void> => {};
  return { unsubscribe, [Symbol.asyncDispose]: unsubscribe };
}
