import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** What stands in the repository, for everybody to read: passwords with this mark, and what `.env.example` shows. */
const developmentMark = 'for-development-only';
const developmentValues = ['Sagacity-Admin-1', 'sandbox-webhook-secret'];

/**
 * The text of a setting. NAME itself wins; else the content of the file that NAME_FILE names. The URLs in it that hold no
 * password get the one in the file that NAME_PASSWORD_FILE names. Undefined when it is not set; throws when a file cannot be read.
 */
export function settingText(environment: Environment, name: string): string | undefined {
  const text = environment[name] || fileText(environment, `${name}_FILE`);
  if (text === undefined) return undefined;
  const password = fileText(environment, `${name}_PASSWORD_FILE`);
  return password === undefined ? text : withPassword(text, password);
}

/** True for a password that stands in the repository, alone or within a URL; production must not start with one. */
export function isForDevelopment(text: string): boolean {
  return text.includes(developmentMark) || developmentValues.includes(text);
}

function fileText(environment: Environment, name: string): string | undefined {
  const path = environment[name];
  if (!path) return undefined;
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text !== '') return text;
  } catch (cause) {
    throw new Error(`${name} names ${path}, which cannot be read (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
  throw new Error(`${name} names ${path}, which is empty`);
}

/** Also several URLs, as in `users_db=postgres://role@host/users_db,products_db=…`. */
function withPassword(text: string, password: string): string {
  return text.replace(
    /([a-z]+:\/\/)(?:([^/@:,]*)@)?(?=[^@,]*(?:,|$))/g,
    `$1$2:${encodeURIComponent(password).replaceAll('$', '$$$$')}@`,
  );
}
