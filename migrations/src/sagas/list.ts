import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { platform001 } from './001-platform.ts';
import { sagas100 } from './100-sagas.ts';

export const migrations: readonly Migration[] = [platform001, sagas100, auditGrants(110, { everythingIn: ['public'] })];
