import type { Trx } from '@sagacity/chassis/db/database';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler, type IncomingMessage } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import type { CatalogueCache } from '../cache/catalogue-cache.ts';
import { productCreated, productDeleted, productUpdated } from '../contract/events.ts';

/**
 * The service's own events. Whoever changes a product makes the cache forget it at once; this is for the process that died between
 * its commit and that: the event was in the commit.
 */
export const changedProductsQueue: QueueSpec = {
  name: 'product-service.changed-products',
  bindings: [{ exchange: exchanges.events, keys: ['product.created', 'product.updated', 'product.deleted'] }],
};

/** More changes than this at once are an import. */
const mostByName = 20;

export function changedProductHandlers(cache: CatalogueCache): HandlerTable {
  // What the cache forgets does no harm when the transaction is rolled back and the batch comes again.
  const prepare = (_trx: Trx, messages: readonly IncomingMessage[]) => {
    const ids = new Set(messages.map(({ body }) => Number((body as { aggregate: { id: unknown } }).aggregate.id)));
    return cache.forget(
      ids.size > mostByName ? ['everything'] : [...[...ids].map((id) => `product:${id}` as const), 'lists'],
    );
  };
  const forgotten = async () => undefined;
  return {
    'product.created': { ...handler(productCreated, forgotten), prepare },
    'product.updated': { ...handler(productUpdated, forgotten), prepare },
    'product.deleted': { ...handler(productDeleted, forgotten), prepare },
  };
}
