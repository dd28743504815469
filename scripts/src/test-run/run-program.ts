import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Instance, instanceVariable, projectFolder } from '../instance/instance.ts';
import { endWithUs } from '../os/end-with-us.ts';
import { Trouble } from '../os/tell.ts';

export type Program = { script: string; args: string[]; env?: NodeJS.ProcessEnv };

/**
 * Runs a program of the project in the terminal of whoever called; throws unless it ends well. It and all that it starts
 * belong to the instance, and end with it. Signals are heard meanwhile.
 */
export async function runProgram(instance: Instance, { script, args, env = {} }: Program): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...env, [instanceVariable]: instance.folder },
  });
  endWithUs(child);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Trouble(`${script} ${args.join(' ')} failed`, 'its last lines above say why');
}
