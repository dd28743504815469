import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { platform001 } from './001-platform.ts';
import { users100 } from './100-users.ts';
import { sessions110 } from './110-sessions.ts';
import { orderHistory120 } from './120-order-history.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  users100,
  sessions110,
  orderHistory120,
  auditGrants(130, 'outbox alone'),
];
