/** A fault that the person at the terminal can do something about: one line what, one line what to do. */
export class Trouble extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.name = 'Trouble';
    this.advice = advice;
  }
}

// run.sh says when the command began (seconds, where its date can): what it installed first counts as well.
const startedAtMs = (Number(process.env.SAGACITY_STARTED_AT) || Date.now() / 1000) * 1000;

/** One line of progress, with the seconds since the command began. */
export function say(line: string): void {
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${line}`);
}

/** Prints a fault as it should be read and sets the exit code. */
export function reportTrouble(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof Trouble) console.error(`\n${error.message}\n  → ${error.advice}`);
  else if (isPermissionFault(error)) {
    console.error(`\n${error.path} belongs to another account\n  → run as that account, or take another NAME or clone`);
  } else console.error(error);
}

function isPermissionFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
