import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { waitFor } from '../test-kit/wait-for.ts';

interface Ran {
  readonly code: number | null;
  readonly phrases: string[];
  readonly stderr: string;
}

const children = new Set<ChildProcess>();

describe('process', () => {
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });

  it('stops gracefully at a signal, and says so', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const ran = await runUntilReady('graceful', (child) => child.kill(signal));
      expect(ran).to.deep.equal({ code: 0, phrases: ['ready', 'stopping', 'closed', 'stopped'], stderr: '' });
    }
  }).timeout(30_000);

  it('ends at once at a second signal', async () => {
    const ran = await runUntilReady('never-stops', async (child, phrases) => {
      child.kill('SIGTERM');
      await waitFor('it is stopping', () => phrases().includes('stopping'), 10_000);
      child.kill('SIGTERM');
    });
    expect(ran.code).to.equal(1);
    expect(ran.phrases.at(-1)).to.equal('second signal, ending at once');
  }).timeout(30_000);

  it('names wrong settings in one line and ends with 78', async () => {
    const ran = await runToItsEnd('wrong-settings');
    expect(ran).to.deep.equal({ code: 78, phrases: [], stderr: 'configuration is wrong: PORT must be integer\n' });
  }).timeout(30_000);

  it('ends with 1 and the reason when it cannot start, cannot stop, or something was forgotten', async () => {
    expect(await runToItsEnd('start-fails')).to.deep.equal({ code: 1, phrases: ['start failed'], stderr: '' });
    const ran = await runUntilReady('stop-fails', (child) => child.kill('SIGTERM'));
    expect([ran.code, ran.phrases.at(-1)]).to.deep.equal([1, 'stop failed']);
    const rejected = await runUntilReady('rejects', () => undefined);
    expect([rejected.code, rejected.phrases.at(-1)]).to.deep.equal([1, 'unhandled rejection']);
  }).timeout(60_000);

  it('can be stopped while it is still starting', async () => {
    const ran = await runUntilReady('starts-for-ever', (child) => child.kill('SIGTERM'));
    expect(ran).to.deep.equal({ code: 0, phrases: ['ready', 'stopping', 'stopped'], stderr: '' });
  }).timeout(30_000);
});

function runToItsEnd(scenario: string): Promise<Ran> {
  return runUntilReady(scenario, () => undefined, false);
}

async function runUntilReady(
  scenario: string,
  then: (child: ChildProcess, phrases: () => string[]) => unknown,
  ready = true,
): Promise<Ran> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/run-scenarios.ts`, scenario]);
  children.add(child);
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    texts.stdout += bytes;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    texts.stderr += bytes;
  });
  const phrases = () =>
    texts.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).message);
  const closed = once(child, 'close');
  if (ready) await waitFor('it is ready', () => phrases().includes('ready'), 10_000);
  await then(child, phrases);
  const [code] = (await closed) as [number | null];
  return { code, phrases: phrases(), stderr: texts.stderr };
}
