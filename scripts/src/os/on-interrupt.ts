const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Does the work when somebody ends the command, by Ctrl-C or kill, and then ends it. Signals that come meanwhile change
 * nothing: one that is sent to a whole process group comes a second time from make.
 */
export function onInterrupt(work: () => Promise<void> | void): void {
  let ends = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (ends) return;
      ends = true;
      await work();
      process.exit(exitCodes[signal]);
    });
  }
}
