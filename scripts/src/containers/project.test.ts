import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { resolveSettings } from '../settings/settings.ts';
import { projectOf } from './project.ts';
import { quoted, secretFiles, writeProjectFiles } from './project-files.ts';

describe('an instance as a project of Docker Compose', () => {
  const registry = { NPM_REGISTRY: 'https://registry.example/' };
  let instance: Instance;
  beforeEach(() => {
    instance = { name: 'second', folder: mkdtempSync(join(tmpdir(), 'sagacity-project-')) };
  });
  afterEach(() => rmSync(instance.folder, { recursive: true }));

  it('has a name and images of its own, its ports and the folder of its passwords', () => {
    writeFileSync(join(instance.folder, 'ports.json'), JSON.stringify({ GATEWAY_PORT: 9_000 }));
    const settings = resolveSettings({ RATE_LIMIT_USER_PER_MINUTE: '7', ADMIN_PASSWORD: 'a password' }, registry);

    const { name, environment } = projectOf(instance, settings);

    expect(name).to.match(/^sagacity-second-[0-9a-f]{6}$/);
    expect(projectOf({ ...instance, name: 'third' }, settings).name).not.to.equal(name);
    expect(environment).to.include({
      COMPOSE_PROJECT_NAME: name,
      IMAGE_TAG: name.slice('sagacity-'.length),
      GATEWAY_PORT: '9000',
      SECRETS_DIR: join(instance.folder, 'containers/secrets'),
      SETTINGS_FILE: join(instance.folder, 'containers/settings.env'),
      RATE_LIMIT_USER_PER_MINUTE: '7',
      NPM_REGISTRY: 'https://registry.example/',
    });
    expect(environment.ADMIN_PASSWORD, 'a file tells it').to.equal('');
  });

  it('is given every password that docker-compose.yml names, and that the development folder has, and no other', () => {
    const secrets = secretFiles(instance, resolveSettings({ ADMIN_PASSWORD: 'a password' }, {}));

    const compose = readFileSync(join(projectFolder, 'docker-compose.yml'), 'utf8');
    const named = [...compose.matchAll(/^ {2}(\w+): \{ file: /gm)].map(([, name]) => name);
    expect(named).to.have.members(Object.keys(secrets));
    expect(readdirSync(join(projectFolder, 'deploy/secrets/development'))).to.have.members(Object.keys(secrets));
    expect(secrets.admin).to.equal('a password');
    expect(new Set(Object.values(secrets)).size, 'all differ').to.equal(named.length);
    expect(secretFiles(instance, resolveSettings({ ADMIN_PASSWORD: 'a password' }, {}))).to.deep.equal(secrets);
  });

  it('has a folder that its owner alone can open, with files that the accounts of containers can read', () => {
    writeProjectFiles(instance, resolveSettings({}, { SMTP_URL: 'smtp://mail.example' }));

    const folder = join(instance.folder, 'containers/secrets');
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    expect(statSync(join(folder, 'redis')).mode & 0o777).to.equal(0o444);
    const settings = readFileSync(join(instance.folder, 'containers/settings.env'), 'utf8');
    expect(settings).to.equal('SMTP_URL="smtp://mail.example"\n');
  });

  it('quotes a value so that nothing in it is taken for syntax', () => {
    expect(quoted("it's #1")).to.equal(`"it's #1"`);
    expect(quoted('say "a"')).to.equal('"say \\"a\\""');
    expect(quoted('$HOME')).to.equal('"\\$HOME"');
    expect(quoted('ends with \\')).to.equal('"ends with \\\\"');
  });
});
