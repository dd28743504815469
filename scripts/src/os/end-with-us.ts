import type { ChildProcess } from 'node:child_process';

/** Kills the child when this process ends before it: a command that is ended must not leave it at work. */
export function endWithUs(child: ChildProcess): void {
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
