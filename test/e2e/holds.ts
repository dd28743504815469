import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { processState } from '../faults/processes.ts';
import { type Customer, setting } from './shop.ts';

/** Keeps an order's saga where it is until the test lets it go. Whatever is still held is let go by `letAllGo`. */
export interface Hold {
  letGo(): Promise<void>;
}

/** A row that nobody else can lock or change for now. */
export interface RowHold extends Hold {
  /** Waits until so many transactions stand in line for it; they get it in the order in which they came. */
  untilWaited(count: number): Promise<void>;
}

const held = new Set<Hold>();

/** Stops a process in the middle of what it does (SIGSTOP): nothing is lost, nothing is answered. */
export function freeze(name: string): Hold {
  const pid = processState(name).process?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGSTOP');
  return remember(async () => {
    process.kill(pid, 'SIGCONT');
  });
}

/** Locks one row in a transaction of the test's own. The services give up waiting after 15 s. */
export async function lockRow(database: string, table: string, id: number): Promise<RowHold> {
  const db = openAsAdmin(database);
  const trx = await db.transaction();
  await trx.raw('SELECT 1 FROM ?? WHERE id = ? FOR UPDATE', [table, id]);
  const hold = remember(async () => {
    await trx.rollback();
    await db.destroy();
  });
  return {
    ...hold,
    untilWaited: async (count) => {
      await waitFor(`${count} wait for ${table} ${id}`, () => isWaited(db, count), 12_000);
    },
  };
}

/** Pauses a saga as an operator does; whatever is in flight is still taken in. */
export async function pause(admin: Customer, sagaId: string): Promise<Hold> {
  await act(admin, sagaId, 'pause');
  return remember(() => act(admin, sagaId, 'resume'));
}

/** For an `afterEach`: a test that failed leaves nothing standing still. */
export async function letAllGo(): Promise<void> {
  for (const hold of [...held]) await hold.letGo();
}

/** Opens a database of the running system as nobody of it may; the caller closes it. */
export function openAsAdmin(database: string): Db {
  const url = new URL(setting('TEST_POSTGRES_ADMIN_URL'));
  url.pathname = `/${database}`;
  return createDatabase({ url: url.href, applicationName: 'e2e', poolMax: 2 });
}

function remember(undo: () => Promise<void>): Hold {
  const hold = {
    letGo: async () => {
      if (held.delete(hold)) await undo();
    },
  };
  held.add(hold);
  return hold;
}

async function isWaited(db: Db, count: number): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { waiting: number }[] }>(
    `SELECT count(*)::int AS waiting FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.waiting === count;
}

async function act(admin: Customer, sagaId: string, action: 'pause' | 'resume'): Promise<void> {
  const { body: saga } = await admin.call('GET', `/admin/sagas/${sagaId}`);
  const body = { action, reason: 'held by a test', expected_version: saga.version };
  const answer = await admin.call('POST', `/admin/sagas/${sagaId}/actions`, { body });
  if (answer.status !== 200) throw new Error(`${action} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}
