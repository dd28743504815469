const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Does the work when somebody ends the command, by Ctrl-C or kill, and then ends it; a second signal ends it at once. */
export function onInterrupt(work: () => Promise<void> | void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await work();
      process.exit(exitCodes[signal]);
    });
  }
}
