import { spawnSync } from 'node:child_process';
import { projectFolder } from '../instance/instance.ts';

/** A command that runs a script of package.json and ends as it ended. */
export function npmScript(name: string): () => Promise<void> {
  return async () => {
    const { status } = spawnSync('npm', ['run', '--silent', name], { cwd: projectFolder, stdio: 'inherit' });
    process.exitCode = status ?? 1;
  };
}
