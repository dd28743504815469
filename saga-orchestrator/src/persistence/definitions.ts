import type { Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { DefinitionGraph } from '../engine/graph.ts';

export interface DefinitionRow {
  readonly type: string;
  readonly version: number;
  readonly hash: string;
}

/** Which definitions the sagas need that are not at their end. */
export async function findNeededDefinitions(
  trx: Trx,
): Promise<readonly { type: string; version: number; sagas: number }[]> {
  return trx('sagas')
    .whereNull('ended_at')
    .groupBy('type', 'definition_version')
    .orderBy(['type', 'definition_version'])
    .select('type', 'definition_version as version')
    .count({ sagas: '*' });
}

export async function lockDefinitions(trx: Trx): Promise<readonly DefinitionRow[]> {
  await runSql(trx, 'LOCK TABLE saga_definitions IN SHARE ROW EXCLUSIVE MODE');
  return trx('saga_definitions').select('type', 'version', 'hash');
}

export async function saveDefinition(
  trx: Trx,
  row: DefinitionRow & { readonly graph: DefinitionGraph },
): Promise<void> {
  await trx('saga_definitions')
    .insert({ ...row, graph: JSON.stringify(row.graph) })
    .onConflict(['type', 'version'])
    .merge(['hash', 'graph', 'registered_at']);
}
