import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type OrderEnds, openOrderEnds, type TestOrder } from './order-ends.ts';
import { type Customer, logInAsAdmin, newCustomer, newProduct, placeOrder } from './shop.ts';

/** What the tests of cancelling do and see, at the gateway. */
export interface CancelShop extends OrderEnds {
  readonly admin: Customer;
  readonly customer: Customer;
  /** A product of which there are five, at 19.99 each unless it is said otherwise. */
  product(price?: number): Promise<number>;
  place(productId: number, token?: string): Promise<TestOrder>;
  /** Places an order and waits until it is confirmed and paid, with nothing under way. */
  placeAndConfirm(options?: { readonly price?: number; readonly token?: string }): Promise<TestOrder>;
  cancel(order: TestOrder, by?: Customer): Promise<HttpAnswer>;
  /** Cancels, and holds the answer against the only good one for an order that is not over. */
  cancelWell(order: TestOrder, by?: Customer): Promise<void>;
  /** Moves the order along as an admin. */
  move(order: TestOrder, ...statuses: string[]): Promise<void>;
  read(order: TestOrder): Promise<HttpAnswer['body']>;
  /** Waits until a step of the order's saga, or its undoing, is in the given state. */
  untilStep(order: TestOrder, step: string, state: string, direction?: 'forward' | 'compensate'): Promise<void>;
  /** Waits until the order's saga knows of the cancellation. */
  untilHeard(order: TestOrder): Promise<void>;
  /** How many requests to cancel have reached the order's saga. */
  cancelsHeard(order: TestOrder): Promise<number>;
}

const paid = new Set(['captured', 'not_required']);

interface StepView {
  readonly name: string;
  readonly direction: string;
  readonly state: string;
}

export async function openCancelShop(): Promise<CancelShop> {
  const [admin, customer] = await Promise.all([logInAsAdmin(), newCustomer()]);
  const saga = async ({ sagaId }: TestOrder) => (await admin.call('GET', `/admin/sagas/${sagaId}`)).body;
  const ends = openOrderEnds(customer, admin);
  const shop: CancelShop = {
    ...ends,
    admin,
    customer,
    product: (price) => newProduct(admin, 5, price),
    place: async (productId, token = 'tok_approve') => {
      const { status, body } = await placeOrder(customer, { productId, quantity: 2, token });
      expect(status, JSON.stringify(body)).to.equal(201);
      return { id: body.id, sagaId: body.saga_id, productId };
    },
    placeAndConfirm: async ({ price, token } = {}) => {
      const order = await shop.place(await shop.product(price), token);
      await waitFor('the saga is completed', async () => (await saga(order)).state === 'completed', 40_000);
      await waitFor('the order is paid', async () => paid.has((await shop.read(order)).payment_status), 20_000);
      return order;
    },
    cancel: ({ id }, by = customer) => by.call('POST', `/orders/${id}/cancel`, { body: { reason: 'changed my mind' } }),
    cancelWell: async (order, by) => {
      const { status, body } = await shop.cancel(order, by);
      expect([status, body.status, body.status_reason]).to.deep.equal([202, 'cancelling', 'changed my mind']);
    },
    move: async ({ id }, ...statuses) => {
      for (const status of statuses) {
        const answer = await admin.call('PUT', `/orders/${id}/status`, { body: { status } });
        expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
      }
    },
    read: async ({ id }) => (await customer.call('GET', `/orders/${id}`)).body,
    untilStep: async (order, name, state, direction = 'forward') => {
      const isThere = (step: StepView) => step.name === name && step.direction === direction && step.state === state;
      await waitFor(`${name} is ${state}`, async () => (await saga(order)).steps?.some(isThere), 30_000);
    },
    untilHeard: async (order) => {
      await waitFor('the saga knows of it', async () => (await saga(order)).cancel_requested, 20_000);
    },
    cancelsHeard: async (order) =>
      (await saga(order)).timeline.filter(({ kind }: { kind: string }) => kind.startsWith('cancel.')).length,
  };
  return shop;
}
