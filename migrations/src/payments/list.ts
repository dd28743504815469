import type { Migration } from '../migration.ts';
import { platform001 } from './001-platform.ts';

export const migrations: readonly Migration[] = [platform001];
