import type { Db, Trx } from '@sagacity/chassis/db/database';
import { inTransaction, violatedConstraint } from '@sagacity/chassis/db/transaction';
import { toCents, toDecimal } from '@sagacity/chassis/money/cents';
import { type ImportFields, type Product, productAfter } from '../domain/import-plan.ts';
import type { Line, LineFault } from '../imports/read-lines.ts';
import {
  insertMovements,
  insertProducts,
  lockBySku,
  lockCategories,
  readBack,
  saveProducts,
} from '../persistence/bulk-products.ts';
import { addProgress, claimSkus, type ImportCounts, type ImportRow, insertFaults } from '../persistence/imports.ts';
import type { ProductRow } from '../persistence/products.ts';
import { appendProductEvent } from './product-events.ts';

export interface ImportBatch {
  readonly job: ImportRow;
  readonly owner: string;
  /** Lines that were processed before. */
  readonly processed: number;
  readonly lines: readonly Line[];
}

interface Numbered {
  readonly line: number;
  readonly fields: ImportFields;
}

interface Change {
  readonly fields: ImportFields;
  readonly before: ProductRow | undefined;
  readonly after: Product;
}

/**
 * Takes lines of an import over into the catalogue in one transaction with their movements, their events and the progress:
 * all of it or nothing, and never twice. Returns what it did; throws when another worker has the import now.
 */
export async function importBatch(db: Db, batch: ImportBatch): Promise<ImportCounts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(db, (trx) => takeOver(trx, batch));
    } catch (error) {
      // Somebody has added the same product by hand meanwhile; next time it is there to be changed.
      if (attempt === 3 || violatedConstraint(error) !== 'products_sku_key') throw error;
    }
  }
}

async function takeOver(trx: Trx, { job, owner, processed, lines }: ImportBatch): Promise<ImportCounts> {
  const faults = lines.flatMap((line) => ('fault' in line ? [line.fault] : []));
  const read = await resolveCategories(trx, lines, faults);
  const first = await firstOfEachSku(trx, job.id, read, faults);
  const existing = await lockBySku(
    trx,
    first.map(({ fields }) => fields.sku),
  );
  const changes = first.flatMap(({ line, fields }) => changeOf(line, fields, existing.get(fields.sku), faults));
  const created = changes.filter(({ before }) => before === undefined);
  const updated = changes.filter(({ before }) => before !== undefined);
  await writeChanges(trx, job, created, updated);
  const counts = { created: created.length, updated: updated.length, failed: faults.length };
  const unchanged = lines.length - counts.created - counts.updated - counts.failed;
  if (faults.length > 0) await insertFaults(trx, job.id, faults);
  await addProgress(trx, { importId: job.id, owner, processed }, { ...counts, unchanged });
  return { ...counts, unchanged };
}

async function resolveCategories(trx: Trx, lines: readonly Line[], faults: LineFault[]): Promise<Numbered[]> {
  const read = lines.flatMap((line) => ('product' in line ? [line] : []));
  const known = await lockCategories(trx, {
    names: read.flatMap(({ product }) => product.category ?? []),
    ids: read.flatMap(({ product }) => product.category_id ?? []),
  });
  return read.flatMap(({ line, product: { category, category_id, price, ...others } }) => {
    const id = category === undefined ? category_id : known.byName.get(category);
    const isUnknown = category === undefined ? id !== undefined && !known.ids.has(id) : id === undefined;
    if (!isUnknown) return [{ line, fields: { ...others, category_id: id, price: toDecimal(toCents(price)) } }];
    const field = category === undefined ? 'category_id' : 'category';
    faults.push({ line, field, code: 'product.category_unknown', detail: 'There is no such category.' });
    return [];
  });
}

/** A SKU may stand in a file once: with two lines of it, the same file twice would never come to rest. */
async function firstOfEachSku(trx: Trx, importId: number, read: readonly Numbered[], faults: LineFault[]) {
  const fresh = await claimSkus(
    trx,
    importId,
    read.map(({ fields }) => fields.sku),
  );
  return read.filter(({ line, fields }) => {
    const isFirst = fresh.delete(fields.sku);
    if (!isFirst) faults.push({ line, field: 'sku', code: 'repeated', detail: 'An earlier line has this SKU.' });
    return isFirst;
  });
}

function changeOf(line: number, fields: ImportFields, before: ProductRow | undefined, faults: LineFault[]): Change[] {
  const after = productAfter(fields, before);
  if (after === 'unchanged') return [];
  if (before && after.stock_quantity < before.reserved) {
    const detail = `${before.reserved} are reserved by orders.`;
    faults.push({ line, field: 'stock_quantity', code: 'stock.below_reserved', detail });
    return [];
  }
  return [{ fields, before, after }];
}

async function writeChanges(trx: Trx, job: ImportRow, created: readonly Change[], updated: readonly Change[]) {
  const ids = await insertProducts(
    trx,
    created.map(({ fields, after }) => ({ sku: fields.sku, ...after })),
  );
  await saveProducts(
    trx,
    updated.map(({ before, after }) => ({ id: before?.id ?? 0, ...after })),
  );
  const movements = [...created, ...updated].flatMap(({ fields, before, after }) => {
    const delta = after.stock_quantity - (before?.stock_quantity ?? 0);
    const kind = before === undefined ? ('receive' as const) : ('adjust' as const);
    return delta === 0 ? [] : [{ product_id: before?.id ?? ids.get(fields.sku) ?? 0, kind, delta }];
  });
  if (movements.length > 0) {
    await insertMovements(trx, movements, { actor: job.actor, reason: `import ${job.id}` });
  }
  const isNew = new Set(ids.values());
  const wasActive = new Map(updated.map(({ before }) => [before?.id, before?.is_active]));
  const cause = { requestId: job.request_id, traceparent: job.traceparent };
  for (const product of await readBack(trx, [...isNew, ...updated.map(({ before }) => before?.id ?? 0)])) {
    const ended = wasActive.get(product.id) === true && !product.is_active;
    const type = isNew.has(product.id) ? 'product.created' : ended ? 'product.deleted' : 'product.updated';
    appendProductEvent(trx, type, product, cause);
  }
}
