import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Something that runs when it is its turn; its end is the end of its answer. */
interface Turn {
  readonly outgoing: ServerResponse | null;
  readonly run: () => void;
}

interface Line {
  /** The answer that is under way. */
  current: ServerResponse | null;
  readonly waiting: Turn[];
}

/** Above this many waiting requests a connection is read no more. */
const MAX_WAITING = 32;

/**
 * The requests of one connection run one after the other: a client that pipelines a write and a
 * read must read what it wrote (RFC 9112, section 9.3.2). Node alone only keeps the answers in
 * order.
 *
 * L1  at most one request of a connection runs
 * L2  a connection with many waiting requests is not read
 */
export class Pipelines {
  readonly #lines = new WeakMap<Duplex, Line>();

  /** Runs a request when those before it on its connection have been answered. */
  enter(incoming: IncomingMessage, outgoing: ServerResponse, run: () => void): void {
    const { socket } = incoming;
    const line = this.#lineOf(socket);
    if (line.current === null && line.waiting.length === 0) {
      this.#start(socket, line, { outgoing, run });
      return;
    }
    line.waiting.push({ outgoing, run }); // L1
    if (line.waiting.length === MAX_WAITING) socket.pause(); // L2
  }

  /** Runs something behind all answers of a connection: at once if there are none. */
  after(socket: Duplex, run: () => void): void {
    const line = this.#lineOf(socket);
    if (line.current === null) run();
    else line.waiting.push({ outgoing: null, run });
  }

  /**
   * Takes back the newest request if its body has not arrived as a whole: it never will. Returns its
   * answer if that has begun to run.
   */
  abandonNewest(socket: Duplex): ServerResponse | null {
    const { waiting, current } = this.#lineOf(socket);
    const newest = waiting.at(-1);
    if (newest === undefined) return current !== null && !current.req.complete ? current : null;
    if (newest.outgoing?.req.complete === false) waiting.pop();
    return null;
  }

  #lineOf(socket: Duplex): Line {
    const known = this.#lines.get(socket);
    if (known !== undefined) return known;
    const line: Line = { current: null, waiting: [] };
    this.#lines.set(socket, line);
    socket.once("close", () => {
      line.waiting.length = 0; // nobody is there to be answered
    });
    return line;
  }

  #start(socket: Duplex, line: Line, { outgoing, run }: Turn): void {
    line.current = outgoing;
    outgoing?.once("close", () => this.#next(socket, line));
    run();
  }

  #next(socket: Duplex, line: Line): void {
    line.current = null;
    const turn = line.waiting.shift();
    if (turn === undefined) return;
    if (line.waiting.length === 0 && socket.isPaused()) socket.resume();
    this.#start(socket, line, turn);
  }
}
