/** Something that is closed before the program ends. */
interface Closable {
  close(): Promise<void>;
}

/** Ends the program in good order on Ctrl-C, or when its service manager asks: closes one after another. */
export function closeOnSignal(...parts: readonly Closable[]): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      for (const part of parts) await part.close();
    });
  }
}
