import type { TestDatabase } from '@sagacity/chassis/test-kit/database';
import { openSession, type Session } from '../src/lane/session.ts';

/** A session as a lane has it, with the relay's own role. */
export function openRelaySession(database: TestDatabase): Promise<Session> {
  const url = new URL(database.url);
  url.username = 'outbox_relay';
  return openSession({ url: url.href, applicationName: 'test', onLost: () => undefined });
}
