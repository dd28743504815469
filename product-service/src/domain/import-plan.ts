/** A line of an import as it meets the catalogue: the fields it names, with the price as DECIMAL text and the category by its id. */
export interface ImportFields {
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly description?: string | null | undefined;
  readonly category_id?: number | undefined;
  readonly stock_quantity?: number | undefined;
  readonly is_active?: boolean | undefined;
}

export interface Product {
  readonly name: string;
  readonly price: string;
  readonly description: string | null;
  readonly category_id: number | null;
  readonly stock_quantity: number;
  readonly is_active: boolean;
}

/** The product after the line, or `unchanged` when it says nothing new. What the line does not name stays as it is. */
export function productAfter(line: ImportFields, before: Product | undefined): Product | 'unchanged' {
  const after: Product = {
    name: line.name,
    price: line.price,
    description: line.description === undefined ? (before?.description ?? null) : line.description,
    category_id: line.category_id ?? before?.category_id ?? null,
    stock_quantity: line.stock_quantity ?? before?.stock_quantity ?? 0,
    is_active: line.is_active ?? before?.is_active ?? true,
  };
  if (before === undefined) return after;
  const fields = Object.keys(after) as (keyof Product)[];
  return fields.every((field) => after[field] === before[field]) ? 'unchanged' : after;
}
