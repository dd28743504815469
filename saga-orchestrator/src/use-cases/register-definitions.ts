import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { findNeededDefinitions, lockDefinitions, saveDefinition } from '../persistence/definitions.ts';
import type { Catalogue } from '../sagas/catalogue.ts';

/**
 * Stores the definitions of this process. Throws, naming each, when a saga in flight needs a definition that this process does not have,
 * or has in another form: it would go on with the wrong steps.
 */
export async function registerDefinitions(db: Db, catalogue: Catalogue): Promise<void> {
  await inTransaction(db, async (trx) => {
    const stored = new Map((await lockDefinitions(trx)).map((row) => [nameOf(row), row.hash]));
    const own = new Map(catalogue.sagas.map((saga) => [nameOf(saga.definition), saga]));
    const faults = (await findNeededDefinitions(trx)).flatMap((needed) => {
      const name = nameOf(needed);
      const mine = own.get(name);
      if (!mine) return [`${needed.sagas} sagas in flight need ${name}, which this version does not have`];
      const same = (stored.get(name) ?? mine.hash) === mine.hash;
      return same ? [] : [`${needed.sagas} sagas in flight need ${name} as it was: give the changed one a new version`];
    });
    if (faults.length > 0) throw new Error(`cannot run the sagas in flight: ${faults.join('; ')}`);
    for (const { definition, graph, hash } of catalogue.sagas) {
      if (stored.get(nameOf(definition)) === hash) continue;
      await saveDefinition(trx, { type: definition.type, version: definition.version, hash, graph });
    }
  });
}

function nameOf({ type, version }: { readonly type: string; readonly version: number }): string {
  return `${type} v${version}`;
}
