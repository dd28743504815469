import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Instance } from '../instance/instance.ts';
import { rememberMode } from '../instance/mode.ts';
import { recordOf } from '../os/process-table.ts';
import { Trouble } from '../os/tell.ts';
import { waitUntil } from '../os/wait-until.ts';
import { resolveSettings } from '../settings/settings.ts';
import { composeInBackground, composeInTerminal, composeOutput } from './compose.ts';
import { refuseWhileInContainers } from './running-in-containers.ts';

describe('an instance that was started in containers', () => {
  let instance: Instance;
  beforeEach(() => {
    instance = { name: 'second', folder: mkdtempSync(join(tmpdir(), 'sagacity-running-')) };
    rememberMode(instance, 'docker');
  });
  afterEach(() => rmSync(instance.folder, { recursive: true }));

  it('is not started natively while its containers are up', () => {
    docker('case "$*" in *ps*) echo 0123abcd;; esac');

    expect(start).to.throw(Trouble, 'second runs in containers');
  });

  it('can be started natively when its containers are down, when the engine is off, and without docker', () => {
    expect(start, 'without docker').not.to.throw();
    docker('exit 0');
    expect(start, 'no container').not.to.throw();
    docker('echo cannot connect >&2; exit 1');
    expect(start, 'engine off').not.to.throw();
  });

  it('can be started natively when it was started natively before', () => {
    docker('case "$*" in *ps*) echo 0123abcd;; esac');
    rememberMode(instance, 'native');

    expect(start).not.to.throw();
  });

  /** A docker command of the test's own; without it there is none. */
  function docker(script: string): void {
    const path = join(instance.folder, 'docker');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  function start(): void {
    refuseWhileInContainers(instance, resolveSettings({}, { PATH: instance.folder, NPM_REGISTRY: 'unused' }));
  }
});

describe('docker compose on a machine without docker', () => {
  const project = { name: 'none', environment: { PATH: '/nowhere' } };
  const message = 'docker cannot be run: there is no such command';

  it('is a fault that says so', async () => {
    const instance = { name: 'none', folder: mkdtempSync(join(tmpdir(), 'sagacity-docker-')) };
    mkdirSync(join(instance.folder, 'logs'));

    expect(() => composeOutput(project, ['ps'])).to.throw(Trouble, message);
    expect(() => composeInTerminal(project, ['ps'])).to.throw(Trouble, message);
    const inBackground = composeInBackground(instance, project, { args: ['up'] });
    expect(String(await inBackground.catch((error: unknown) => error))).to.include(message);
    rmSync(instance.folder, { recursive: true });
  });
});

describe('docker compose in the background', () => {
  it('is ended when the signal says so', async () => {
    const instance = { name: 'none', folder: mkdtempSync(join(tmpdir(), 'sagacity-docker-')) };
    mkdirSync(join(instance.folder, 'logs'));
    const [docker, pidPath] = [join(instance.folder, 'docker'), join(instance.folder, 'pid')];
    writeFileSync(docker, `#!/bin/sh\necho $$ >${pidPath}\nexec sleep 60\n`, { mode: 0o755 });
    const environment = { PATH: `${instance.folder}:${process.env.PATH}` };
    const stopping = new AbortController();

    const run = composeInBackground(instance, { name: 'none', environment }, { args: ['up'], signal: stopping.signal });
    const pid = () => (existsSync(pidPath) ? Number(readFileSync(pidPath, 'utf8')) : 0);
    await waitUntil(() => pid() > 0, { deadlineMs: 5_000 });
    stopping.abort();

    expect(await run.catch((error: unknown) => error)).to.be.instanceOf(Trouble);
    expect(await waitUntil(() => recordOf(pid()) === undefined, { deadlineMs: 5_000 })).to.equal(true);
    rmSync(instance.folder, { recursive: true });
  }).timeout(15_000);
});
