import type pg from 'pg';
import { colours, materials, seeded, things } from './vocabulary.ts';

/** One kind of request: the path of the n-th one, and what the same search is by hand. */
export interface Kind {
  readonly what: string;
  path(n: number): string;
  /** The search that the reference does; none for what is no search. */
  search?(n: number): HandSearch;
}

export interface HandSearch {
  readonly q: string;
  readonly categoryId?: number;
  readonly maxPrice?: number;
  readonly inStock?: boolean;
}

/** All kinds for a catalogue of that many products; the same requests at each call. */
export async function kindsOf(db: pg.Client, products: number): Promise<Kind[]> {
  const random = seeded(products);
  const ids = Array.from({ length: 1_000 }, () => 1 + Math.floor(random() * products));
  const { rows } = await db.query<{ word: string }>(
    "SELECT substring(name FROM '[a-z][0-9]+$') AS word FROM products WHERE id = ANY($1) AND name ~ '[a-z][0-9]+$'",
    [ids],
  );
  const models = rows.map(({ word }) => word);
  const of = (words: readonly string[]) => (n: number) => words[n % words.length] ?? '';
  const [model, thing] = [of(models), of(things.slice(0, 6))];
  const [common, middle] = [
    of([...things.slice(0, 3), ...materials.slice(0, 3), ...colours.slice(0, 3)]),
    of(things.slice(25, 45)),
  ];
  const beginnings = of(things.map((word) => word.slice(0, 3)));
  const searching = (what: string, search: (n: number) => HandSearch, more = ''): Kind => ({
    what,
    search,
    path: (n) => `/products/search?${query(search(n))}${more}`,
  });
  return [
    { what: 'detail', path: (n) => `/products/${of(ids.map(String))(n)}` },
    { what: 'list, first page', path: (n) => `/products?sort=${of(sorts)(n)}` },
    { what: 'list, page 500', path: (n) => `/products?sort=${of(sorts)(n)}&page=500` },
    {
      what: 'list, filters',
      path: (n) => `/products?category_id=${1 + (n % 20)}&min_price=20&max_price=${60 + n}&in_stock=true&sort=price`,
    },
    searching('search, rare word', (n) => ({ q: model(n) })),
    searching('search, word of 1 in 50', (n) => ({ q: middle(n) })),
    searching('search, common word', (n) => ({ q: common(n) })),
    searching('search, two common words', (n) => ({ q: `${of(materials.slice(0, 5))(n)} ${thing(n)}` })),
    searching('search, beginning of a word', (n) => ({ q: beginnings(n) })),
    searching('search, mistyped', (n) => ({ q: `${mistyped(of(materials)(n))} ${mistyped(of(things)(n))}` })),
    searching('search, common word and filters', (n) => ({
      q: common(n),
      categoryId: 1 + (n % 20),
      maxPrice: 100,
      inStock: true,
    })),
    searching('search, common word by price', (n) => ({ q: common(n) }), '&sort=price'),
  ];
}

const sorts = ['name', 'price', '-price', '-created_at', '-popularity'];

/** Two letters changed places, which is what happens to hands. */
function mistyped(word: string): string {
  return `${word.slice(0, 1)}${word.charAt(2)}${word.charAt(1)}${word.slice(3)}`;
}

function query({ q, categoryId, maxPrice, inStock }: HandSearch): string {
  const values = { q, category_id: categoryId, max_price: maxPrice, in_stock: inStock };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
}
