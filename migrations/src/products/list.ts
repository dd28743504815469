import type { Migration } from '../migration.ts';
import { platform001 } from './001-platform.ts';
import { products100 } from './100-products.ts';

export const migrations: readonly Migration[] = [platform001, products100];
