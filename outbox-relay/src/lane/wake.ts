/** Lets one waiter sleep until something happens or a time is over; what happens while nobody waits is not lost. */
export class Wake {
  #signalled = false;
  #resume: (() => void) | undefined;

  signal(): void {
    this.#signalled = true;
    this.#resume?.();
  }

  /** Resolves at once when signalled since the last wait, else with the next signal or after the time. */
  async wait(ms: number): Promise<void> {
    if (!this.#signalled && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#resume = undefined;
    }
    this.#signalled = false;
  }
}
