import type { Scratch } from './scratch.ts';

/** Everything that shapes a schema, one line each, without what belongs to extensions or to the runner's own book-keeping. */
export async function catalogOf(scratch: Scratch): Promise<string[]> {
  const rows = await scratch.query<{ line: string }>(`
    WITH ours AS (
      SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions, c.relpartbound, c.relispartition
      FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'knex_migrations%'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ), lines AS (
      SELECT format('relation %s %s owner %s grants %s options %s bound %s', relkind, relname, relowner::regrole, relacl,
        reloptions, pg_get_expr(relpartbound, oid)) AS line
      FROM ours
      UNION ALL
      SELECT format('column %s.%s %s %s not null %s default %s identity %s generated %s grants %s statistics %s', relname, attnum,
        attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity, attgenerated, attacl, attstattarget)
      FROM ours JOIN pg_attribute a ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
      LEFT JOIN pg_attrdef ON adrelid = ours.oid AND adnum = attnum
      WHERE relkind IN ('r', 'p', 'v', 'm')
      UNION ALL
      SELECT format('constraint %s %s %s', relname, conname, pg_get_constraintdef(c.oid))
      FROM ours JOIN pg_constraint c ON conrelid = ours.oid
      UNION ALL
      SELECT format('index %s', pg_get_indexdef(indexrelid)) FROM ours JOIN pg_index ON indrelid = ours.oid
      UNION ALL
      SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM ours JOIN pg_trigger t ON tgrelid = ours.oid AND NOT tgisinternal
      UNION ALL
      SELECT format('view %s %s', relname, pg_get_viewdef(oid)) FROM ours WHERE relkind IN ('v', 'm')
      UNION ALL
      SELECT format('function %s owner %s grants %s', pg_get_functiondef(p.oid), proowner::regrole, proacl)
      FROM pg_proc p
      WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
      UNION ALL
      SELECT format('type %s %s', typname, typtype) FROM pg_type t
      WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    )
    SELECT line FROM lines ORDER BY line`);
  return rows.map(({ line }) => line);
}
