/** A row's place in a table: a small integer, reused after the row is gone. */
export type Handle = number;

/** No row. */
export const NONE: Handle = -1;
