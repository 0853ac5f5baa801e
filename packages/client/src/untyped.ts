/**
 * What an event's data or a message of pub/sub is where the caller has given no type. It may hold
 * anything that was published, and its members are used as they come: `event.data.username`. Name
 * a type, as in `subscribe<Typing>(…)`, and the compiler checks it.
 */
export type Untyped = any;
