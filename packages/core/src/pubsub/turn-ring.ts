/** A place in a ring. */
export interface Seat<T> {
  readonly item: T;
  next: Seat<T>;
  previous: Seat<T>;
}

/**
 * Those who take turns. To join, to leave and to take a turn cost O(1); a search costs as many steps
 * as it passes over.
 *
 * G1  who joins is the last to have a turn; who leaves takes nobody's turn along
 */
export class TurnRing<T> {
  #first: Seat<T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whose turn is next, or null if nobody is here. */
  get first(): Seat<T> | null {
    return this.#first;
  }

  join(item: T): Seat<T> {
    this.#size++;
    const first = this.#first;
    if (first === null) {
      const seat = { item } as Seat<T>;
      seat.next = seat;
      seat.previous = seat;
      this.#first = seat;
      return seat;
    }
    const seat: Seat<T> = { item, next: first, previous: first.previous }; // G1
    first.previous.next = seat;
    first.previous = seat;
    return seat;
  }

  leave(seat: Seat<T>): void {
    this.#size--;
    if (this.#size === 0) {
      this.#first = null;
      return;
    }
    seat.previous.next = seat.next;
    seat.next.previous = seat.previous;
    if (this.#first === seat) this.#first = seat.next;
  }

  /** The first from the next turn on that fits, or null if none does. */
  find(fits: (item: T) => boolean): Seat<T> | null {
    let seat = this.#first;
    for (let left = this.#size; left > 0 && seat !== null; left--) {
      if (fits(seat.item)) return seat;
      seat = seat.next;
    }
    return null;
  }

  /** This one had its turn, and so had those who were passed over. */
  turnTo(seat: Seat<T>): void {
    this.#first = seat.next;
  }
}
