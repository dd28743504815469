import { openAdmin } from '../demo/demo-customer.ts';
import { waitUntil } from '../os/wait-until.ts';
import {
  followOrder,
  followSaga,
  made,
  type Product,
  placeOrder,
  registerAndLogIn,
  type Smoke,
} from './smoke-client.ts';

/** One thing that must work: says in a few words what it saw, throws when it does not work; undefined: left out. */
export type SmokeStep = { title: string; run: (smoke: Smoke) => Promise<string | undefined> };

const healthDeadlineMs = 60_000;

/** In this order: later steps use what earlier ones have made. */
export const smokeSteps: SmokeStep[] = [
  { title: 'all services are healthy', run: allHealthy },
  { title: 'a customer registers and logs in', run: logIn },
  { title: 'the catalogue has something in stock', run: browse },
  { title: 'an order is confirmed', run: confirm },
  { title: 'a declined card rejects the order', run: decline },
  { title: 'a customer cancels a confirmed order', run: cancel },
  { title: "somebody else's order is hidden", run: hide },
  { title: 'the management page of RabbitMQ answers', run: openManagementPage },
  { title: "the customer's mails are in the mail sink", run: readMails },
];

interface Health {
  readonly status: string;
  readonly checks?: Readonly<
    Record<string, { readonly status: string; readonly instances: number; readonly ready: number }>
  >;
}

async function allHealthy({ shop }: Smoke): Promise<string> {
  let health: Health = { status: 'unknown' };
  const isPassing = async () => {
    health = (await shop.call<Health>('GET', '/health')).body;
    return health.status === 'pass';
  };
  if (await waitUntil(isPassing, { deadlineMs: healthDeadlineMs, everyMs: 500 })) return health.status;
  const failing = Object.entries(health.checks ?? {}).filter(([, { status }]) => status !== 'pass');
  const facts = failing.map(
    ([service, { instances, ready }]) => `${service} is ready at ${ready} of ${instances} addresses`,
  );
  throw new Error(`the gateway's /health says ${health.status}: ${facts.join(', ')}`);
}

async function logIn(smoke: Smoke): Promise<string> {
  smoke.customer = await registerAndLogIn(smoke.shop);
  smoke.operator = await openAdmin(smoke.shop, smoke.admin);
  return smoke.customer.email;
}

async function browse(smoke: Smoke): Promise<string> {
  const { items } = await smoke.shop.get<{ items: Product[] }>('GET', '/products?in_stock=true&limit=1');
  const [first] = items;
  if (first === undefined) throw new Error('nothing is in stock');
  smoke.product = first;
  return `product ${first.id}, ${first.available_quantity} available`;
}

async function confirm(smoke: Smoke): Promise<string> {
  const order = await placeOrder(smoke, 'tok_approve', 'confirmed');
  const saga = await followSaga(smoke, order.id, 'place-order', 'completed');
  const steps = saga.steps?.filter(({ state }) => state === 'succeeded').map(({ name }) => name) ?? [];
  if (steps.length !== 5) throw new Error(`of five steps ${steps.length} succeeded: ${steps.join(', ')}`);
  return `order ${order.id}, saga ${saga.state}`;
}

async function decline(smoke: Smoke): Promise<string> {
  const order = await placeOrder(smoke, 'tok_decline', 'rejected');
  const saga = await followSaga(smoke, order.id, 'place-order', 'compensated');
  return `order ${order.id}, ${order.status_reason}, saga ${saga.state}`;
}

async function cancel(smoke: Smoke): Promise<string> {
  const { id } = await placeOrder(smoke, 'tok_approve', 'confirmed');
  // Before its saga has ended the same saga would go back; afterwards it is the one that refunds.
  await followSaga(smoke, id, 'place-order', 'completed');
  await smoke.shop.get('POST', `/orders/${id}/cancel`, { token: smoke.customer?.token, body: { reason: 'smoke' } });
  await followOrder(smoke, id, 'cancelled');
  const saga = await followSaga(smoke, id, 'cancel-order', 'completed');
  return `order ${id}, saga ${saga.state}`;
}

async function hide(smoke: Smoke): Promise<string> {
  const { id } = await placeOrder(smoke, 'tok_approve', 'confirmed');
  await smoke.shop.get('POST', `/orders/${id}/cancel`, { token: smoke.customer?.token, body: { reason: 'smoke' } });
  await followOrder(smoke, id, 'cancelled');
  const { status } = await smoke.shop.call('GET', `/orders/${id}`);
  if (status !== 401) throw new Error(`without a token the answer is ${status} instead of 401`);
  const stranger = await registerAndLogIn(smoke.shop);
  const answer = await smoke.shop.call('GET', `/orders/${id}`, { token: stranger.token });
  if (answer.status !== 404) throw new Error(`to somebody else the answer is ${answer.status} instead of 404`);
  return '401 without a token, 404 to somebody else';
}

async function openManagementPage({ managementUrl }: Smoke): Promise<string | undefined> {
  if (managementUrl === undefined) return undefined;
  const answer = await fetch(managementUrl, { signal: AbortSignal.timeout(10_000) });
  const page = await answer.text();
  if (!answer.ok || !page.includes('RabbitMQ')) throw new Error(`${managementUrl} answers ${answer.status}`);
  return managementUrl;
}

type Mail = { subject: string; to: { address: string }[] };

async function readMails({ mailUrl, customer }: Smoke): Promise<string | undefined> {
  if (mailUrl === undefined) return undefined;
  const { email } = made(customer, 'customer');
  let subjects: string[] = [];
  const areThere = async () => {
    const answer = await fetch(`${mailUrl}/api/email`, { signal: AbortSignal.timeout(10_000) });
    const mails = (await answer.json()) as Mail[];
    subjects = mails.filter(({ to }) => to.some(({ address }) => address === email)).map(({ subject }) => subject);
    return (
      subjects.some((subject) => /confirmed/i.test(subject)) && subjects.some((subject) => /cancelled/i.test(subject))
    );
  };
  if (await waitUntil(areThere, { deadlineMs: 30_000, everyMs: 500 })) return `${subjects.length} to ${email}`;
  throw new Error(
    `of the confirmed and the cancelled order there are ${subjects.length} mails: ${subjects.join('; ')}`,
  );
}
