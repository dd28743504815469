import type { SettingKind } from './known-settings.ts';

const checks: Record<SettingKind, { isRight: (value: string) => boolean; expected: string }> = {
  port: {
    isRight: (value) => isWhole(value) && Number(value) >= 1 && Number(value) <= 65_535,
    expected: 'a port from 1 to 65535',
  },
  'whole number': {
    isRight: (value) => isWhole(value) && Number(value) >= 1 && Number(value) <= 1_000_000_000,
    expected: 'a whole number from 1',
  },
  email: { isRight: (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), expected: 'a mail address' },
  text: { isRight: (value) => value.trim() !== '', expected: 'some text' },
  level: {
    isRight: (value) => ['error', 'warn', 'info', 'debug'].includes(value),
    expected: 'error, warn, info or debug',
  },
  mode: { isRight: (value) => ['native', 'docker'].includes(value), expected: 'native or docker' },
  password: { isRight: (value) => value.length >= 8, expected: 'at least 8 characters' },
};

/** What the value should have been; undefined when it is right. */
export function whatIsExpected(kind: SettingKind, value: string): string | undefined {
  const { isRight, expected } = checks[kind];
  return isRight(value) ? undefined : expected;
}

function isWhole(value: string): boolean {
  return /^\d+$/.test(value);
}
