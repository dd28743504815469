import { compile } from '@sagacity/chassis/schema/validator';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { paymentEvents } from '../src/contract/events.ts';
import { paymentSchema, paymentsSchema, refundSchema } from '../src/contract/http.ts';
import { sagaOf } from './commands.ts';
import { type PaymentFixture, startPayments } from './payment-fixture.ts';

describe('payments over HTTP', () => {
  let payments: PaymentFixture;
  let paymentId: number;
  const orderId = 600;
  const ownerId = 7;

  before(async () => {
    payments = await startPayments();
    await payments.send({ command: 'charge', orderId, userId: ownerId });
    await replies(1);
    await payments.send({ command: 'capture', orderId });
    await replies(2);
    paymentId = (await payments.view(orderId)).payments[0]?.id as number;
  });
  after(() => payments.stop());

  const replies = (count: number) =>
    waitFor(`${count} replies`, async () => (await payments.view(orderId)).replies.length >= count);
  const as = (userId: number, ...roles: string[]) => payments.tokens.issue({ userId, roles: ['user', ...roles] });
  const refund = (token: string, body: object, headers: Record<string, string> = { 'idempotency-key': 'k' }) =>
    payments.call('POST', `/payments/${paymentId}/refunds`, { token, body, headers });

  it('shows an owner and an admin the attempts and captures of an order, in the shape of the contract', async () => {
    for (const token of [as(ownerId), as(1, 'admin')]) {
      const { status, body } = await payments.call('GET', `/payments?order_id=${orderId}`, { token });
      expect(status).to.equal(200);
      expect(compile(paymentsSchema)(body)).to.deep.equal({ valid: true });
      expect(body.items).to.have.length(1);
      expect(body.items[0]).to.include({ order_id: orderId, amount: 59.98, state: 'captured', captured_amount: 59.98 });
      expect(body.items[0].captures[0].amount).to.equal(59.98);
      expect(body.items[0].attempts.map((attempt: { operation: string }) => attempt.operation)).to.deep.equal([
        'authorise',
        'capture',
      ]);
    }
  });

  it('never shows a token of a payment method', async () => {
    const { body } = await payments.call('GET', `/payments/${paymentId}`, { token: as(1, 'admin') });
    expect(JSON.stringify(body)).not.to.include('tok_');
  });

  it("answers for somebody else's order and payment exactly as for ones that do not exist", async () => {
    const stranger = as(8);
    const foreign = await payments.call('GET', `/payments?order_id=${orderId}`, { token: stranger });
    const none = await payments.call('GET', '/payments?order_id=999999', { token: stranger });
    expect([foreign.status, foreign.body]).to.deep.equal([none.status, none.body]);
    expect(none.body).to.deep.equal({ items: [] });

    const theirs = await payments.call('GET', `/payments/${paymentId}`, { token: stranger });
    const missing = await payments.call('GET', '/payments/999999', { token: stranger });
    expect([theirs.status, theirs.body.code]).to.deep.equal([404, 'payment.not_found']);
    expect([missing.status, missing.body.code]).to.deep.equal([404, 'payment.not_found']);
  });

  it('shows one payment, and answers 304 while it has not changed', async () => {
    const token = as(ownerId);
    const first = await payments.call('GET', `/payments/${paymentId}`, { token });
    expect(compile(paymentSchema)(first.body)).to.deep.equal({ valid: true });
    const etag = first.headers.get('etag') as string;
    const second = await payments.call('GET', `/payments/${paymentId}`, { token, headers: { 'if-none-match': etag } });
    expect(second.status).to.equal(304);
  });

  it('asks for a token, and for a valid one', async () => {
    expect((await payments.call('GET', `/payments/${paymentId}`)).body.code).to.equal('auth.required');
    const expired = payments.tokens.issue({ expiresInSeconds: -100 });
    expect((await payments.call('GET', `/payments/${paymentId}`, { token: expired })).body.code).to.equal(
      'auth.token_expired',
    );
  });

  it('refuses unknown and missing parameters', async () => {
    const token = as(ownerId);
    for (const path of [
      '/payments',
      '/payments?order_id=0',
      '/payments?order_id=x',
      `/payments?order_id=${orderId}&a=1`,
    ]) {
      const { status, body } = await payments.call('GET', path, { token });
      expect([status, body.code], path).to.deep.equal([400, 'request.invalid']);
    }
  });

  it('lets admins alone refund, and only with a key and within what was captured', async () => {
    const admin = as(1, 'admin');
    expect((await refund(as(ownerId), { reason: 'mine' })).status).to.equal(403);
    const without = await refund(admin, { reason: 'no key' }, {});
    expect([without.status, without.body.code]).to.deep.equal([428, 'request.precondition_required']);
    const spaced = await refund(admin, { reason: 'no good key' }, { 'idempotency-key': 'a key' });
    expect([spaced.status, spaced.body.code]).to.deep.equal([400, 'idempotency.key_invalid']);
    const tooMuch = await refund(admin, { amount: 60, reason: 'too much' });
    expect([tooMuch.status, tooMuch.body.code]).to.deep.equal([409, 'payment.refund_exceeds_captured']);
    for (const body of [
      {},
      { reason: '' },
      { reason: 'x', amount: 0 },
      { reason: 'x', amount: 1.001 },
      { reason: 'x', more: 1 },
    ]) {
      expect((await refund(admin, body)).body.code, JSON.stringify(body)).to.equal('request.invalid');
    }
    const { status, body } = await refund(
      admin,
      { amount: 9.98, reason: 'scratched' },
      { 'idempotency-key': '"quoted"' },
    );
    expect(status).to.equal(202);
    expect(compile(refundSchema)(body)).to.deep.equal({ valid: true });
    const again = await refund(admin, { amount: 9.98, reason: 'scratched' }, { 'idempotency-key': 'quoted' });
    expect([again.status, again.body.id, again.headers.get('idempotency-replayed')]).to.deep.equal([
      202,
      body.id,
      'true',
    ]);
    const other = await refund(admin, { amount: 1, reason: 'scratched' }, { 'idempotency-key': 'quoted' });
    expect([other.status, other.body.code]).to.deep.equal([422, 'idempotency.key_reused']);
    await waitFor('partially refunded', async () => {
      const answer = await payments.call('GET', `/payments/${paymentId}`, { token: admin });
      return answer.body.state === 'partially_refunded' && answer.body.refunded_amount === 9.98;
    });
  });

  it('refuses to refund what was not captured', async () => {
    const other = orderId + 1;
    await payments.send({ command: 'charge', orderId: other, sagaId: sagaOf(other) });
    const held = await waitFor('held', async () => {
      const [payment] = (await payments.view(other)).payments;
      return payment?.state === 'authorized' && payment;
    });
    const { body } = await payments.call('POST', `/payments/${held.id}/refunds`, {
      token: as(1, 'admin'),
      body: { reason: 'too early' },
      headers: { 'idempotency-key': 'early' },
    });
    expect(body.code).to.equal('payment.not_refundable');
  });

  it('publishes events that keep to the contract, with ids and amounts only, each version once', async () => {
    const { eventBodies } = await payments.view(orderId);
    expect(eventBodies.map(({ type }) => type)).to.deep.equal([
      'payment.authorized',
      'payment.captured',
      'payment.refunded',
    ]);
    for (const body of eventBodies) {
      expect(compile(paymentEvents[body.type as keyof typeof paymentEvents])(body), body.type).to.deep.equal({
        valid: true,
      });
    }
    const versions = eventBodies.map(({ aggregate }) => aggregate.version);
    expect(versions).to.deep.equal([...new Set(versions)].sort((a, b) => a - b));
    expect(eventBodies[2]?.data).to.include({ refund_amount: 9.98, refunded_amount: 9.98, captured_amount: 59.98 });
  });

  it('tells refunds apart by keys of 255 characters, and gives providers none that is longer', async () => {
    const keys = ['1', '2', '1'].map((end) => end.padStart(255, 'x'));
    const ids: number[] = [];
    for (const key of keys) {
      const { status, body } = await refund(
        as(1, 'admin'),
        { amount: 1, reason: 'dented' },
        { 'idempotency-key': key },
      );
      expect(status).to.equal(202);
      ids.push(body.id);
    }
    expect([ids[0] === ids[1], ids[0] === ids[2]]).to.deep.equal([false, true]);
    await waitFor('both are refunded', async () => {
      const { body } = await payments.call('GET', `/payments/${paymentId}`, { token: as(1, 'admin') });
      return body.refunded_amount === 11.98;
    });
    const sent = await payments.database.db('payment_attempts').pluck('provider_key');
    expect(Math.max(...sent.map((key: string) => key.length))).to.be.at.most(255);
  });

  it('is ready, and counts its calls of providers', async () => {
    expect((await payments.call('GET', '/health/ready')).status).to.equal(200);
    const { body } = await payments.call('GET', '/metrics');
    const counted = (body as string)
      .split('\n')
      .filter((line) => line.startsWith('payment_provider_call_duration_seconds_count'));
    expect(counted.join('\n')).to.include('operation="capture"').and.to.include('answer="succeeded"');
  });
});
