import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

const program = `
  import { onInterrupt } from '${new URL('./on-interrupt.ts', import.meta.url)}';
  const second = Promise.withResolvers();
  onInterrupt(async () => {
    console.log('begins');
    await second.promise;
    console.log('cleaned up');
  });
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      signals += 1;
      if (signals === 2) second.resolve();
    });
  }
  setInterval(() => {}, 1000);
  console.log('ready');
`;

describe('onInterrupt', () => {
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`cleans up on ${signal}, however often it comes, and ends with ${exitCode}`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
      const said: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
      await once(child.stdout, 'data');

      child.kill(signal);
      await once(child.stdout, 'data');
      child.kill(signal);
      const [code] = await once(child, 'close');

      expect(code).to.equal(exitCode);
      expect(said.join('')).to.equal('ready\nbegins\ncleaned up\n');
    }).timeout(30_000);
  }
});
