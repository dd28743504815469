import { settingGroups } from './known-settings.ts';

/** The text of `.env.example`: every setting with its description and what is used without it. */
export function renderEnvExample(): string {
  const head = [
    '# Settings of `make up`. Copy to .env and change what should differ; the environment wins over the file.',
    '# What is commented out is what is used anyway. More settings of the services: docs/configuration.md.',
  ];
  const groups = settingGroups.map(({ title, settings }) => {
    const lines = Object.entries(settings).map(([key, { usual, description }]) => `# ${description}\n#${key}=${usual}`);
    return [`## ${title}`, ...lines].join('\n');
  });
  return `${[head.join('\n'), ...groups].join('\n\n')}\n`;
}
