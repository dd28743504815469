import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { projectFolder } from './instance/instance.ts';

describe('the choice between containers and native', function () {
  // Each choice is a process of its own, as in run.sh.
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sagacity-mode-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('starts in containers where an engine with Compose answers, natively elsewhere', () => {
    expect(choose('up')).to.equal('native');
    docker('exit 1');
    expect(choose('up')).to.equal('native');
    docker('[ "$1" = version ]');
    expect(choose('up'), 'without Compose').to.equal('native');
    docker('exit 0');
    expect([choose('up'), choose('migrate')]).to.deep.equal(['docker', 'docker']);
  });

  it('does not ask an engine for what starts nothing', () => {
    docker('exit 0');

    for (const command of ['down', 'chaos']) expect(choose(command), command).to.equal('native');
  });

  it('starts an instance as it was started before, unless MODE says otherwise', () => {
    docker('exit 0');
    write('.run/dev/mode', 'native\n');

    expect(choose('up')).to.equal('native');
    write('.env', 'OTHER=1\n export MODE="docker" # for now\n');
    expect(choose('up')).to.equal('docker');
    expect(choose('up', { MODE: 'native' })).to.equal('native');
  });

  it('takes an instance that is older than the choice for native, one that was only built for neither', () => {
    docker('exit 0');
    write('.run/dev/ports.json', '{}');
    expect(choose('up')).to.equal('native');

    write('.run/dev/containers/settings.env', '');
    expect(choose('up')).to.equal('docker');
  });

  it('finds an instance as it was started, whatever .env says since, and tells', () => {
    write('.run/dev/mode', 'docker\n');
    write('.env', 'MODE=native\n');

    for (const command of ['down', 'audit', 'migrate']) {
      expect(choose(command), command).to.equal('docker');
    }
    expect(told('down')).to.match(
      /^ +dev was started with MODE=docker; down looks for it with MODE=docker, whatever MODE in .env/,
    );
    expect(told('check')).to.equal('');
  });

  it('obeys MODE of the command line, and tells that the instance was started otherwise', () => {
    write('.run/second/mode', 'docker\n');
    write('.env', 'NAME=second\n');

    expect(choose('down', { MODE: 'native' })).to.equal('native');
    expect(told('down', { MODE: 'native' })).to.include(
      'second was started with MODE=docker; down looks for it with MODE=native',
    );
    expect(told('down', { MODE: 'docker' })).to.equal('');
  });

  it('leaves chaos native, which has instances of its own, unless the command line says otherwise', () => {
    write('.run/dev/mode', 'docker\n');
    write('.env', 'MODE=docker\n');

    expect(choose('chaos')).to.equal('native');
    expect(choose('chaos', { MODE: 'docker' })).to.equal('docker');
  });

  function choose(command: string, environment: Record<string, string> = {}): string {
    return run(command, environment).stdout.trim();
  }

  function told(command: string, environment: Record<string, string> = {}): string {
    return run(command, environment).stderr;
  }

  function run(command: string, environment: Record<string, string>) {
    return spawnSync(process.execPath, [join(projectFolder, 'scripts/choose-mode.mjs'), command], {
      cwd: folder,
      env: { PATH: join(folder, 'bin'), ...environment },
      encoding: 'utf8',
    });
  }

  /** A docker command of the test's own; without it there is none. */
  function docker(script: string): void {
    write('bin/docker', `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'bin/docker'), 0o755);
  }

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
