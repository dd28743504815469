import type { Migration } from '../migration.ts';
import { platform001 } from './001-platform.ts';
import * as payments from './100-payments.ts';
import * as sandboxBooks from './110-sandbox-books.ts';

export const migrations: readonly Migration[] = [
  platform001,
  { name: '100-payments', up: payments.up, down: payments.down },
  { name: '110-sandbox-books', up: sandboxBooks.up, down: sandboxBooks.down },
];
