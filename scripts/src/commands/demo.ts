import { randomUUID } from 'node:crypto';
import { openAdmin, openCustomer, type Session } from '../demo/demo-customer.ts';
import { type SagaView, tellStory } from '../demo/saga-story.ts';
import { type Problem, refused, ShopClient } from '../demo/shop-client.ts';
import { findInstance } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { Trouble } from '../os/tell.ts';
import { waitUntil } from '../os/wait-until.ts';
import { readSettings } from '../settings/settings.ts';
import { baseUrl } from '../system/process-environment.ts';

type Product = { id: number; name: string; price: number; currency: string; available_quantity: number };
type Order = { id: number; status: string; status_reason: string | null; total_amount: number; currency: string };

type Story = { shop: ShopClient; customer: Session; admin: Session };

const settleDeadlineMs = 30_000;

/** Buys something through the gateway as a customer would, and shows what the system made of it; then cancels it. */
export async function demo(): Promise<void> {
  const settings = readSettings();
  const instance = findInstance(settings.name);
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Trouble(`${instance.name} was never started`, 'make up');
  const shop = new ShopClient(baseUrl(ports.GATEWAY_PORT));
  const customer = await openCustomer(instance, shop);
  console.log(`${customer.isNew ? 'Registered' : 'Logged in'} ${customer.email} at ${shop.url}`);
  const admin = await openAdmin(shop, settings.admin);
  const story = { shop, customer, admin };

  const product = await browse(story);
  const order = await place(story, product);
  await showSaga(story, order);
  await showStock(story, product);
  await cancel(story, order);
  await showStock(story, product);
}

async function browse({ shop }: Story): Promise<Product> {
  const { items, total } = await shop.get<{ items: Product[]; total: number }>(
    'GET',
    '/products?in_stock=true&limit=3',
  );
  const [first] = items;
  if (first === undefined) throw new Trouble('the catalogue is empty', 'make up fills it; see logs/migrations.log');
  console.log(`\n${total} products in stock, among them`);
  for (const { name, price, currency, available_quantity } of items) {
    console.log(`  ${name.padEnd(40)} ${price.toFixed(2).padStart(9)} ${currency}  ${available_quantity} available`);
  }
  return first;
}

async function place(story: Story, product: Product): Promise<Order> {
  const since = performance.now();
  const placed = await story.shop.get<Order>('POST', '/orders', {
    token: story.customer.token,
    headers: { 'idempotency-key': randomUUID() },
    body: { items: [{ product_id: product.id, quantity: 1 }], shipping_address: '1 Demo Street, Demo Town' },
  });
  const total = `${placed.total_amount.toFixed(2)} ${placed.currency}`;
  console.log(`\nOrder ${placed.id} for one ${product.name}, ${total}`);
  console.log(`  ${elapsed(since)}  ${placed.status}`);
  const order = await follow(story, placed, ['confirmed', 'rejected', 'cancelled']);
  console.log(`  ${elapsed(since)}  ${order.status}${order.status_reason ? ` (${order.status_reason})` : ''}`);
  return order;
}

async function cancel(story: Story, order: Order): Promise<void> {
  const since = performance.now();
  const path = `/orders/${order.id}/cancel`;
  const { status, body } = await story.shop.call<Order & Problem>('POST', path, {
    token: story.customer.token,
    body: { reason: 'the demo is over' },
  });
  if (status >= 300) throw refused(`POST ${path}`, status, body);
  console.log(`\nThe customer cancels order ${order.id}\n  ${elapsed(since)}  ${body.status}`);
  const ended = await follow(story, order, ['cancelled']);
  console.log(`  ${elapsed(since)}  ${ended.status}`);
  await showSaga(story, order);
}

/** Asks for the order until it is in one of the states. */
async function follow({ shop, customer }: Story, { id }: Order, states: string[]): Promise<Order> {
  let order: Order | undefined;
  const isThere = async () => {
    order = await shop.get<Order>('GET', `/orders/${id}`, { token: customer.token });
    return states.includes(order.status);
  };
  if ((await waitUntil(isThere, { deadlineMs: settleDeadlineMs, everyMs: 20 })) && order) return order;
  const advice = 'make status shows what runs, make logs S=saga-orchestrator what the saga does';
  throw new Trouble(`order ${id} is still ${order?.status} after ${settleDeadlineMs / 1000} s`, advice);
}

/** Prints the newest saga of the order once it has ended. */
async function showSaga({ shop, admin }: Story, order: Order): Promise<void> {
  const call = { token: admin.token };
  let saga: SagaView | undefined;
  const hasEnded = async () => {
    const { items } = await shop.get<{ items: SagaView[] }>('GET', `/admin/sagas?order_id=${order.id}`, call);
    const [newest] = items;
    if (newest) saga = await shop.get<SagaView>('GET', `/admin/sagas/${newest.id}`, call);
    return saga !== undefined && ['completed', 'compensated'].includes(saga.state);
  };
  await waitUntil(hasEnded, { deadlineMs: settleDeadlineMs, everyMs: 50 });
  if (saga === undefined) throw new Trouble(`order ${order.id} has no saga`, 'make logs S=saga-orchestrator');
  console.log(`\nIts saga ${saga.id}: ${saga.type}, ${saga.state}\n${tellStory(saga).join('\n')}`);
}

async function showStock({ shop, admin }: Story, { id, name }: Product): Promise<void> {
  const product = await shop.get<{ stock_quantity: number; available_quantity: number }>('GET', `/products/${id}`, {
    token: admin.token,
  });
  console.log(`\nStock of ${name}: ${product.stock_quantity} on hand, ${product.available_quantity} available`);
}

function elapsed(since: number): string {
  return `${(performance.now() - since).toFixed(0).padStart(5)} ms`;
}
