/** A fault that the person at the terminal can do something about: one line what, one line what to do. */
export class Trouble extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.name = 'Trouble';
    this.advice = advice;
  }
}

const startedAt = performance.now();

/** One line of progress, with the seconds since the command began. */
export function say(line: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${line}`);
}

/** Prints a fault as it should be read and sets the exit code. */
export function reportTrouble(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof Trouble) console.error(`\n${error.message}\n  → ${error.advice}`);
  else console.error(error);
}
