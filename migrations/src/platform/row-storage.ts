import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export interface RowStorage {
  /**
   * Columns by table that no query looks rows up by: ANALYZE, which comes every minute while a table grows fast, leaves them out. To sort
   * documents takes it longer than everything else of a row.
   */
  readonly unsearched: Readonly<Record<string, readonly string[]>>;
  /** Tables whose rows are updated soon after they are inserted, by the percentage of a page that inserts fill: updates find room beside them. */
  readonly fillfactors: Readonly<Record<string, number>>;
}

/** How rows are stored and analysed; changes nothing that a query could see. Takes a moment, whatever the size of the tables. */
export function rowStorage(number: number, { unsearched, fillfactors }: RowStorage): Migration {
  const setStatistics = async (knex: Knex, target: number) => {
    for (const [table, columns] of Object.entries(unsearched)) {
      for (const column of columns)
        await knex.raw(`ALTER TABLE ?? ALTER COLUMN ?? SET STATISTICS ${target}`, [table, column]);
    }
  };
  return {
    name: `${number}-row-storage`,
    up: async (knex) => {
      await setStatistics(knex, 0);
      for (const [table, percent] of Object.entries(fillfactors))
        await knex.raw(`ALTER TABLE ?? SET (fillfactor = ${percent})`, [table]);
    },
    down: async (knex) => {
      await setStatistics(knex, -1);
      for (const table of Object.keys(fillfactors)) await knex.raw('ALTER TABLE ?? RESET (fillfactor)', [table]);
    },
  };
}
