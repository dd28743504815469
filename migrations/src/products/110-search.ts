import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const search110: Migration = { name: '110-search', up, down };

async function up(knex: Knex): Promise<void> {
  await createWords(knex);
  await createQuery(knex);
}

/**
 * The words that names of products and categories are made of, to find those that look like a mistyped one. A few ten thousand
 * words are searched faster than a million names. Words are added and never taken away: one that no product has any more finds nothing.
 */
async function createWords(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE search_words (word text PRIMARY KEY);
    CREATE INDEX search_words_similar ON search_words USING gin (word gin_trgm_ops);

    CREATE FUNCTION add_search_words(names text) RETURNS void LANGUAGE sql AS $$
      INSERT INTO search_words
      SELECT named.word FROM unnest(tsvector_to_array(to_tsvector('simple', names))) AS named(word)
      WHERE length(named.word) BETWEEN 3 AND 40 AND named.word ~ '[^0-9.-]'
        AND NOT EXISTS (SELECT FROM search_words AS known WHERE known.word = named.word)
      ORDER BY named.word
      ON CONFLICT DO NOTHING
    $$;

    CREATE FUNCTION learn_words_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM add_search_words(string_agg(name, ' ')) FROM added;
      RETURN NULL;
    END $$;
    CREATE FUNCTION learn_words_of_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM add_search_words(NEW.name);
      RETURN NULL;
    END $$;

    -- Whoever adds products or categories, their words are known. Sales, which change no name, fire nothing.
    CREATE TRIGGER products_added AFTER INSERT ON products
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION learn_words_of_new();
    CREATE TRIGGER products_renamed AFTER UPDATE OF name ON products
      FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION learn_words_of_renamed();
    CREATE TRIGGER categories_added AFTER INSERT ON categories
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION learn_words_of_new();
    CREATE TRIGGER categories_renamed AFTER UPDATE OF name ON categories
      FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION learn_words_of_renamed();
  `);
}

/**
 * What people typed as a query of products.search: the words in their English form, or the words with the last one as a prefix
 * (empty where that makes no sense). Each word that the name of a category has is also found by that category's id.
 */
async function createQuery(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION catalogue_query(typed text, with_prefix text) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
    DECLARE
      wanted tsquery := websearch_to_tsquery('english', typed);
      begun tsquery := to_tsquery('english', with_prefix);
      begun_as_typed tsquery := to_tsquery('simple', with_prefix);
      part tsquery;
      ids tsquery;
    BEGIN
      wanted := wanted || begun;
      IF begun::text <> begun_as_typed::text THEN
        wanted := wanted || begun_as_typed;
      END IF;
      FOR part IN
        -- Each quoted word once; as a prefix where it stands as one too, since ts_rewrite takes both for the same.
        SELECT DISTINCT ON (leaf[2]) leaf[1]::tsquery
        FROM regexp_matches(wanted::text, '((''([^'']|'''')+'')(:\\*)*)', 'g') AS leaf ORDER BY leaf[2], leaf[1] DESC
      LOOP
        SELECT string_agg('category' || id::text, ' | ')::tsquery INTO ids
        FROM (SELECT id FROM categories WHERE search @@ part ORDER BY id LIMIT 50) AS named;
        IF ids IS NOT NULL THEN
          wanted := ts_rewrite(wanted, part, part || ids);
        END IF;
      END LOOP;
      RETURN wanted;
    END $$;
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP FUNCTION catalogue_query(text, text);
    DROP TRIGGER products_added ON products;
    DROP TRIGGER products_renamed ON products;
    DROP TRIGGER categories_added ON categories;
    DROP TRIGGER categories_renamed ON categories;
    DROP FUNCTION learn_words_of_new(), learn_words_of_renamed(), add_search_words(text);
    DROP TABLE search_words;
  `);
}
