import { expect } from 'chai';
import { allEnded } from '../src/db/all-ended.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { answerCommands } from '../src/participant/commands.ts';
import { idempotencyKey } from '../src/participant/envelope.ts';
import { deferred, done, transient } from '../src/participant/outcomes.ts';
import { aGate, aSaga, type ParticipantFixture, startParticipant } from './participant-fixture.ts';

/** What commands and answers do to each other that come at the same time, each in a transaction of its own. */
describe('saga participant, commands at the same time', () => {
  let commands: ParticipantFixture;

  before(async () => {
    commands = await startParticipant();
  });
  after(() => commands.stop());
  beforeEach(() => commands.reset());

  it('lets a compensation wait for its command in another transaction, and tells it what became of it', async () => {
    const saga = aSaga();
    await commands.sideBySide(commands.forward(saga), commands.compensation(saga));
    expect(await commands.outcomes()).to.deep.equal(['forward done', 'compensate done']);
    expect(commands.handled).to.deep.equal(['forward absent', 'compensate done']);
  });

  it('lets a command wait for its compensation in another transaction, and then refuses it', async () => {
    const saga = aSaga();
    await commands.sideBySide(commands.compensation(saga), commands.forward(saga));
    expect(await commands.outcomes()).to.deep.equal(['compensate done', 'forward tombstoned']);
  });

  it('does a command once that two instances get at the same time', async () => {
    const saga = aSaga();
    await commands.sideBySide(commands.forward(saga), commands.forward({ ...saga, attempt: 2 }));
    expect(await commands.outcomes()).to.deep.equal(['forward done', 'forward done']);
    expect(await commands.attempts()).to.deep.equal([1, 2]);
    expect(commands.handled).to.have.lengthOf(1);
  });

  it('defers a command once that two instances get at the same time, and answers the second attempt', async () => {
    const saga = aSaga();
    await commands.sideBySide(commands.forward(saga), commands.forward({ ...saga, attempt: 2 }), deferred());
    await inTransaction(commands.db, (trx) => answerCommands(trx, [{ key: idempotencyKey(saga), outcome: done() }]));
    expect(await commands.attempts()).to.deep.equal([2]);
    expect(commands.handled).to.have.lengthOf(1);
  });

  it('handles a command again that another instance was not to remember', async () => {
    const saga = aSaga();
    await commands.sideBySide(commands.forward(saga), commands.forward(saga), transient('provider.busy', 'later'));
    expect(await commands.outcomes()).to.deep.equal(['forward transient', 'forward done']);
  });

  it('handles a command that was rolled back where it was handled first', async () => {
    const saga = aSaga();
    const failed = await commands
      .sideBySide(commands.forward(saga), commands.forward(saga), new Error('rolled back'))
      .catch(String);
    expect(failed).to.equal('Error: rolled back');
    expect(await commands.outcomes()).to.deep.equal(['forward done']);
    expect(commands.handled).to.have.lengthOf(2);
  });

  it('lets an answer wait for the attempt that is under way, and sends it there', async () => {
    const [saga = aSaga()] = await commands.deferredSagas(1);
    const gate = aGate();
    commands.decide.forward = () => gate.pass();
    const second = commands.handle(commands.forward({ ...saga, attempt: 2 }), commands.forward(aSaga()));
    await gate.reached;
    const answered = inTransaction(commands.db, (trx) =>
      answerCommands(trx, [{ key: idempotencyKey(saga), outcome: done() }]),
    );
    await commands.someoneWaits().finally(gate.open);
    await allEnded([second, answered]);
    expect(await commands.attempts()).to.deep.equal([1, 2]);
    expect(await commands.db('processed_commands').pluck('state')).to.deep.equal(['answered', 'answered']);
  });

  it('lets an attempt wait for the answer that is under way, and answers it from the record', async () => {
    const [saga = aSaga()] = await commands.deferredSagas(1);
    const gate = aGate();
    const answered = inTransaction(commands.db, async (trx) => {
      await answerCommands(trx, [{ key: idempotencyKey(saga), outcome: done() }]);
      await gate.pass();
    });
    await gate.reached;
    const second = commands.handle(commands.forward({ ...saga, attempt: 2 }));
    await commands.someoneWaits().finally(gate.open);
    await allEnded([answered, second]);
    expect(await commands.outcomes()).to.deep.equal(['forward done', 'forward done']);
    expect(await commands.attempts()).to.deep.equal([1, 2]);
    expect(commands.handled).to.have.lengthOf(1);
  });

  it('locks nobody out where two instances get the same commands in different orders', async () => {
    const [one, other] = [aSaga(), aSaga()];
    // In either case, since the order in which they are locked is none that a test knows.
    for (const [held, free] of [[one, other] as const, [other, one] as const]) {
      await commands.reset();
      const gate = aGate();
      commands.decide.forward = () => gate.pass();
      const first = commands.handle(commands.forward(held));
      await gate.reached;
      const second = commands.handle(commands.forward(held), commands.forward(free));
      await commands.someoneWaits(1);
      const third = commands.handle(commands.forward(free), commands.forward(held));
      await commands.someoneWaits(2).finally(gate.open);
      await allEnded([first, second, third]);
      expect(await commands.outcomes()).to.deep.equal(Array(5).fill('forward done'));
      expect(commands.handled).to.have.lengthOf(2);
    }
  });
});
