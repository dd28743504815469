import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { removeInstance } from '../src/commands/down.ts';
import { type Instance, openInstance } from '../src/instance/instance.ts';
import { isRunning, type ProcessRecord } from '../src/os/process-table.ts';
import { waitUntil } from '../src/os/wait-until.ts';
import { runningSupervisor, stopSupervised, supervise } from '../src/supervisor/supervisor-control.ts';
import { type ProcessSpec, type ProcessState, processLog } from '../src/supervisor/supervisor-files.ts';

describe('supervisor', () => {
  let instance: Instance;
  beforeEach(() => {
    instance = openInstance(`supervised-${process.pid}`);
  });
  afterEach(async () => {
    await stopSupervised(instance);
    removeInstance(instance);
  });

  it('starts what is wanted, writing to a log of its own with its own environment', async () => {
    await supervise(instance, [spec('a', "console.log('hello ' + process.env.GREETED)", { GREETED: 'world' })]);

    expect(await waitUntil(() => logOf('a').includes('hello world'), { deadlineMs: 5_000 })).to.equal(true);
  });

  it('starts a process again after it was killed, and counts it', async () => {
    await supervise(instance, [spec('a')]);
    const before = running('a');

    process.kill(before.pid, 'SIGKILL');

    await until(() => stateOf('a')?.restarts === 1 && stateOf('a')?.state === 'running');
    expect(running('a').pid).not.to.equal(before.pid);
    expect(stateOf('a')?.lastEnd).to.equal('SIGKILL');
  });

  it('waits longer each time before it starts a process that ends at once', async () => {
    await supervise(instance, [spec('a', "console.log(Date.now()); throw new Error('cannot start')")]);

    await until(() => (stateOf('a')?.restarts ?? 0) >= 3);

    const starts = (logOf('a').match(/^\d{13}$/gm) ?? []).map(Number);
    const pauses = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    expect(pauses[0]).to.be.at.least(250);
    expect(pauses[1]).to.be.at.least(500);
  });

  it('changes only what is wanted differently', async () => {
    await supervise(instance, [spec('kept'), spec('changed'), spec('dropped')]);
    const before = ['kept', 'changed', 'dropped'].map(running);

    await supervise(instance, [spec('kept'), spec('changed', undefined, { LEVEL: 'debug' }), spec('added')]);

    expect(running('kept').pid).to.equal(before[0]?.pid);
    expect(running('changed').pid).not.to.equal(before[1]?.pid);
    expect(isRunning(before[2])).to.equal(false);
    expect(runningSupervisor(instance)?.processes.map(({ name }) => name)).to.have.members([
      'kept',
      'changed',
      'added',
    ]);
  });

  it('leaves nothing running when it is stopped', async () => {
    await supervise(instance, [spec('a'), spec('b')]);
    const processes = [running('a'), running('b')];

    await stopSupervised(instance);

    expect(processes.filter(isRunning)).to.deep.equal([]);
    expect(runningSupervisor(instance)).to.equal(undefined);
  });

  it('leaves its processes at work when it is killed; they are found and ended all the same', async () => {
    await supervise(instance, [spec('a')]);
    const orphan = running('a');
    process.kill(runningSupervisor(instance)?.supervisor.pid ?? 0, 'SIGKILL');
    await until(() => runningSupervisor(instance) === undefined);
    expect(isRunning(orphan)).to.equal(true);

    await stopSupervised(instance);

    expect(isRunning(orphan)).to.equal(false);
  });

  it('never runs a process twice when a new supervisor follows a killed one', async () => {
    await supervise(instance, [spec('a')]);
    const orphan = running('a');
    process.kill(runningSupervisor(instance)?.supervisor.pid ?? 0, 'SIGKILL');
    await until(() => runningSupervisor(instance) === undefined);

    await supervise(instance, [spec('a')]);

    expect(isRunning(orphan)).to.equal(false);
    expect(isRunning(running('a'))).to.equal(true);
  });

  function stateOf(name: string): ProcessState | undefined {
    return runningSupervisor(instance)?.processes.find((process) => process.name === name);
  }

  function running(name: string): ProcessRecord {
    const record = stateOf(name)?.process;
    if (record === undefined) throw new Error(`${name} does not run`);
    return record;
  }

  function logOf(name: string): string {
    return readFileSync(processLog(instance, name), 'utf8');
  }
});

async function until(isTrue: () => boolean): Promise<void> {
  if (!(await waitUntil(isTrue, { deadlineMs: 10_000 }))) throw new Error('did not come true within 10 s');
}

function spec(
  name: string,
  code = 'setInterval(() => undefined, 60_000)',
  env: Record<string, string> = {},
): ProcessSpec {
  return { name, args: ['--eval', code], env };
}
