import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { findByEnvironment, isRunning, recordOf } from './process-table.ts';
import { terminate } from './terminate.ts';

describe('process table', () => {
  it('knows this process, and no other one that got its number', () => {
    const record = recordOf(process.pid);

    expect(isRunning(record)).to.equal(true);
    expect(isRunning({ pid: process.pid, startTicks: -1 })).to.equal(false);
    expect(isRunning(undefined)).to.equal(false);
  });

  it('finds a process by what stands in its environment', async () => {
    const child = spawn('sleep', ['60'], { env: { ...process.env, SAGACITY_PROBE: 'process-table' } });
    await once(child, 'spawn');

    const found = findByEnvironment('SAGACITY_PROBE', 'process-table');
    const ended = once(child, 'exit');
    await Promise.all(found.map((record) => terminate(record, { deadlineMs: 1_000 })));
    await ended;

    expect(found.map(({ pid }) => pid)).to.deep.equal([child.pid]);
    expect(findByEnvironment('SAGACITY_PROBE', 'process-table')).to.deep.equal([]);
  });

  it('kills what does not listen to the signal', async () => {
    // Ends by itself, so that a broken terminate() leaves nothing behind for long.
    const deaf = spawn('sh', ['-c', 'trap "" TERM; echo deaf; for i in 1 2 3 4; do sleep 1; done']);
    await once(deaf.stdout, 'data');
    const record = recordOf(deaf.pid ?? 0);
    const ended = once(deaf, 'exit');

    if (record) await terminate(record, { deadlineMs: 100 });

    expect((await ended)[1]).to.equal('SIGKILL');
    expect(isRunning(record)).to.equal(false);
  });
});
