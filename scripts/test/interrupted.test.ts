import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeInstance } from '../src/commands/down.ts';
import { findInstance, instanceVariable, projectFolder } from '../src/instance/instance.ts';
import { findByEnvironment, isRunning, type ProcessRecord, recordOf } from '../src/os/process-table.ts';
import { terminate } from '../src/os/terminate.ts';
import { waitUntil } from '../src/os/wait-until.ts';

const source = (path: string) => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);

/** A command on an instance of its own, with a server, that runs a program (or a test file) without an end. */
const program = (name: string, run: string) => `
  import { onOwnInstance } from ${source('test-run/on-own-instance.ts')};
  import { runMocha } from ${source('test-run/run-mocha.ts')};
  import { runProgram } from ${source('test-run/run-program.ts')};
  import { openPorts } from ${source('instance/open-ports.ts')};
  import { openSecrets } from ${source('instance/secrets.ts')};
  import { redisServer } from ${source('servers/redis-server.ts')};
  import { ensureServer } from ${source('servers/server-control.ts')};
  await onOwnInstance(${JSON.stringify(name)}, async (instance) => {
    const ports = await openPorts(instance, { shift: 15_000, demanded: {}, isOurs: () => false });
    await ensureServer(redisServer, { instance, ports, secrets: openSecrets(instance), volatile: true });
    ${run}
  });
`;

describe('a command on an instance of its own', () => {
  const instance = () => findInstance(`interrupted-${process.pid}`);
  let folder: string;
  let command: ChildProcess;
  const started: ProcessRecord[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sagacity-interrupted-'));
  });
  afterEach(async () => {
    command.kill('SIGKILL');
    const left = findByEnvironment(instanceVariable, instance().folder);
    await Promise.all([...started.splice(0), ...left].map((each) => terminate(each, { deadlineMs: 5_000 })));
    removeInstance(instance());
    rmSync(folder, { recursive: true });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`leaves neither servers nor its program running when ${signal} ends it alone`, async () => {
      const endless = file('endless.ts', "console.log('pid', process.pid); setInterval(() => undefined, 1_000);");
      await start(`await runProgram(instance, { script: ${JSON.stringify(endless)}, args: [] });`);
      expect(running().length).to.be.at.least(2);

      const code = await endBy(signal);

      expect(code).not.to.equal(0);
      expect(await nothingRuns()).to.equal(true);
    }).timeout(30_000);
  }

  it('leaves no test running when SIGTERM ends it alone', async () => {
    const endless = file(
      'endless.test.ts',
      "it('is endless', (done) => { console.log('pid', process.pid); }).timeout(0); setInterval(() => undefined, 1_000);",
    );
    await start(`
      const run = { kind: 'component', title: 'endless', files: [${JSON.stringify(endless)}], env: {} };
      await runMocha({ ...run, onOutput: (text) => process.stdout.write(text) });
    `);

    await endBy('SIGTERM');

    expect(await nothingRuns()).to.equal(true);
  }).timeout(30_000);

  /** Starts the command and resolves when what it runs has told its process. */
  async function start(run: string): Promise<void> {
    const script = program(instance().name, run);
    command = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    command.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const pid = () => Number(/^pid (\d+)$/m.exec(said)?.[1]);
    if (!(await waitUntil(() => pid() > 0, { deadlineMs: 20_000 }))) throw new Error(`does not start: ${said}`);
    const record = recordOf(pid());
    if (record) started.push(record);
  }

  async function endBy(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(command, 'exit');
    command.kill(signal);
    const [code] = await exited;
    return code;
  }

  function running(): ProcessRecord[] {
    return [...started, ...findByEnvironment(instanceVariable, instance().folder)].filter(isRunning);
  }

  /** What was killed may take a moment to be gone. */
  function nothingRuns(): Promise<boolean> {
    return waitUntil(() => running().length === 0, { deadlineMs: 2_000 });
  }

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }
});
