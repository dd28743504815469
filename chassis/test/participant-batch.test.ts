import { expect } from 'chai';
import { inTransaction } from '../src/db/transaction.ts';
import { answerCommands } from '../src/participant/commands.ts';
import { type CommandBody, idempotencyKey } from '../src/participant/envelope.ts';
import { deferred, done, transient } from '../src/participant/outcomes.ts';
import { aSaga, type ParticipantFixture, startParticipant } from './participant-fixture.ts';

/** What commands of one transaction do to each other, and what is written of them. */
describe('saga participant, commands of one batch', () => {
  let commands: ParticipantFixture;

  before(async () => {
    commands = await startParticipant();
  });
  after(() => commands.stop());
  beforeEach(() => commands.reset());

  it('leaves a tombstone where a command that was answered transient is compensated in the same batch', async () => {
    const saga = aSaga();
    commands.decide.forward = () => transient('provider.busy', 'later');
    await commands.handle(commands.forward(saga), commands.compensation(saga));
    commands.decide.forward = () => done();
    await commands.handle(commands.forward(saga));
    expect(await commands.outcomes()).to.deep.equal(['forward transient', 'compensate done', 'forward tombstoned']);
    expect(commands.handled).to.deep.equal(['forward absent', 'compensate absent']);
  });

  it('leaves a tombstone where a command that was too late is compensated in the same batch', async () => {
    const saga = aSaga();
    await commands.handle(commands.forward(saga, new Date(Date.now() - 60_000)), commands.compensation(saga));
    await commands.handle(commands.forward(saga, new Date(Date.now() + 60_000)));
    expect(await commands.outcomes()).to.deep.equal(['forward expired', 'compensate done', 'forward tombstoned']);
    expect(commands.handled).to.deep.equal(['compensate absent']);
  });

  it('refuses a command whose compensation is before it in the same batch', async () => {
    const saga = aSaga();
    await commands.handle(commands.compensation(saga), commands.forward(saga));
    expect(await commands.outcomes()).to.deep.equal(['compensate done', 'forward tombstoned']);
  });

  it('handles a command again that was answered transient in the same batch', async () => {
    const saga = aSaga();
    const answers = [transient('provider.busy', 'later'), done()];
    commands.decide.forward = () => answers.shift() ?? done();
    await commands.handle(commands.forward(saga), commands.forward(saga), commands.forward(saga));
    await commands.handle(commands.forward(saga));
    expect(await commands.outcomes()).to.deep.equal([
      'forward transient',
      'forward done',
      'forward done',
      'forward done',
    ]);
    expect(commands.handled).to.have.lengthOf(2);
  });

  it('keeps the answer that a compensation gives to a command deferred in the same batch', async () => {
    const saga = aSaga();
    commands.decide.forward = () => deferred();
    commands.decide.compensate = async (trx) => {
      await answerCommands(trx, [
        { key: idempotencyKey({ ...saga, direction: 'forward' }), outcome: done({ voided: true }) },
      ]);
      return done();
    };
    await commands.handle(commands.forward(saga), commands.compensation(saga));
    await commands.handle(commands.forward(saga));
    expect(await commands.outcomes()).to.deep.equal(['forward done', 'compensate done', 'forward done']);
    expect(commands.handled).to.deep.equal(['forward absent', 'compensate pending']);
  });

  it('writes what became of a batch of commands in one statement, and each of its rows once', async () => {
    const sagas = Array.from({ length: 20 }, (_, n) => ({ ...aSaga(), step: n % 2 ? 'wait' : 'hold' }));
    commands.decide.forward = (_trx, { saga }) => (saga.step === 'wait' ? deferred() : done());
    const statements = await commands.statementsOf(() =>
      commands.handle(...sagas.map((saga) => commands.forward(saga))),
    );
    expect(statements).to.deep.equal(['SELECT', 'INSERT']);
    const states = await commands.db('processed_commands').orderBy('state').pluck('state');
    expect(states).to.deep.equal([...Array(10).fill('answered'), ...Array(10).fill('pending')]);
  });

  it('writes nothing of commands that may come again', async () => {
    commands.decide.forward = () => transient('provider.busy', 'later');
    const late = commands.forward(aSaga(), new Date(Date.now() - 60_000));
    expect(await commands.statementsOf(() => commands.handle(commands.forward(aSaga()), late))).to.deep.equal([
      'SELECT',
    ]);
    expect(await commands.outcomes()).to.have.members(['forward transient', 'forward expired']);
  });

  it('keeps of a deferred command whom to answer, and of others what was answered', async () => {
    commands.decide.forward = (_trx, { saga }) => (saga.step === 'wait' ? deferred() : done({ held: true }));
    const waiting = commands.forward({ ...aSaga(), step: 'wait' });
    await commands.handle(waiting, commands.forward(aSaga()));
    const rows = await commands.db('processed_commands').orderBy('state').select();
    expect(rows[0]).to.deep.include({ state: 'answered', outcome: 'done', saga: null, last_command_id: null });
    expect(rows[0].reply).to.deep.include({ outcome: 'done', result: { held: true } });
    const { body, context } = waiting.message as { body: CommandBody; context: object };
    expect(rows[1]).to.deep.include({ state: 'pending', outcome: null, reply: null, saga: body.saga, context });
    expect(rows[1]).to.include({ last_command_id: body.command_id, command_type: body.type });
  });

  it('answers deferred commands together, in one statement and in the order of the answers', async () => {
    const sagas = await commands.deferredSagas(3);
    const answers = sagas.map((saga, n) => ({ key: idempotencyKey(saga), outcome: done({ n }) }));
    const statements = await commands.statementsOf(() =>
      inTransaction(commands.db, (trx) => answerCommands(trx, answers.toReversed())),
    );
    expect(statements).to.deep.equal(['UPDATE']);
    const payloads = await commands.db('outbox').orderBy('id').pluck('payload');
    expect(payloads.map((payload) => JSON.parse(payload).result)).to.deep.equal([{ n: 2 }, { n: 1 }, { n: 0 }]);
  });

  it('answers none of them when one is answered twice', async () => {
    const keys = (await commands.deferredSagas(2)).map(idempotencyKey);
    const answers = [...keys, ...keys.slice(0, 1)].map((key) => ({ key, outcome: done() }));
    const failure = await inTransaction(commands.db, (trx) => answerCommands(trx, answers)).catch(
      (error: Error) => error.message,
    );
    expect(failure).to.match(/no command waits/);
    expect(await commands.outcomes()).to.deep.equal([]);
    expect(await commands.db('processed_commands').pluck('state')).to.deep.equal(['pending', 'pending']);
  });
});
