/** What has a life: start resolves when it works, stop when it is over; stop may be called twice, and before start. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the parts in their order; when one fails, those already started are stopped in reverse and the error is thrown. */
export async function startInOrder(parts: readonly Part[]): Promise<void> {
  const started: Part[] = [];
  try {
    for (const part of parts) {
      started.push(part);
      await part.start();
    }
  } catch (error) {
    await stopInReverse(started);
    throw error;
  }
}

/** Stops the parts in reverse order; a part that fails to stop does not keep the others from stopping. The first error is thrown at the end. */
export async function stopInReverse(parts: readonly Part[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of [...parts].reverse()) {
    try {
      await part.stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
