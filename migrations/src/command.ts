import { pathToFileURL } from 'node:url';

/** Runs the work when the module is the program itself; an error becomes one line on standard error and exit code 1. */
export async function asCommand(moduleUrl: string, work: (args: readonly string[]) => Promise<void>): Promise<void> {
  const [, program, ...args] = process.argv;
  if (program === undefined || pathToFileURL(program).href !== moduleUrl) return;
  try {
    await work(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Prints one line. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
