/** Calls `fire` when its clock has passed `dueMs`; the function returned cancels it. */
export type SetAlarm = (dueMs: number, fire: () => void) => () => void;

/**
 * One timer for the earliest of many times. It may fire early (the time that it was set for went
 * away): whoever it calls looks what is due and sets it anew.
 */
export class Alarm {
  readonly #set: SetAlarm;
  readonly #fire: () => void;
  #armed: { readonly dueMs: number; readonly cancel: () => void } | null = null;
  #closed = false;

  constructor(set: SetAlarm, fire: () => void) {
    this.#set = set;
    this.#fire = fire;
  }

  /** Makes sure that it fires at `dueMs`, or earlier if it was set so. */
  arm(dueMs: number | undefined): void {
    if (dueMs === undefined || this.#closed) return;
    if (this.#armed !== null) {
      if (this.#armed.dueMs <= dueMs) return;
      this.#armed.cancel();
    }
    const cancel = this.#set(dueMs, () => {
      this.#armed = null;
      if (!this.#closed) this.#fire();
    });
    this.#armed = { dueMs, cancel };
  }

  /** It never fires again. */
  close(): void {
    this.#closed = true;
    this.#armed?.cancel();
    this.#armed = null;
  }
}
