import { expect } from 'chai';
import { type SagaView, type TimelineLine, tellStory } from './saga-story.ts';

describe('tellStory', () => {
  it('tells each line with the milliseconds since the first', () => {
    const lines = tellStory(
      saga([
        { at: '2026-01-01T00:00:00.000Z', kind: 'saga.started' },
        {
          at: '2026-01-01T00:00:00.012Z',
          kind: 'command.sent',
          step: 'reserve-stock',
          direction: 'forward',
          attempt: 1,
        },
        { at: '2026-01-01T00:00:01.500Z', kind: 'reply.applied', step: 'reserve-stock', direction: 'forward' },
      ]),
    );

    expect(lines.map((line) => line.trim().split(/\s{2,}/))).to.deep.equal([
      ['0 ms', 'saga.started'],
      ['12 ms', 'command.sent', 'reserve-stock'],
      ['1500 ms', 'reply.applied', 'reserve-stock'],
    ]);
  });

  it('names what is unusual: another direction, another attempt, a reason, plain details', () => {
    const [line] = tellStory(
      saga([
        {
          at: '2026-01-01T00:00:00Z',
          kind: 'command.sent',
          step: 'charge-payment',
          direction: 'compensate',
          attempt: 2,
          reason: 'declined',
          detail: { code: 'payment.declined', nested: { left: 'out' }, none: null },
        },
      ]),
    );

    expect(line).to.match(/charge-payment, compensate +attempt 2 · declined · code: payment\.declined$/);
  });

  it('has nothing to tell about an empty timeline', () => {
    expect(tellStory(saga([]))).to.deep.equal([]);
  });
});

function saga(timeline: TimelineLine[]): SagaView {
  return { id: '1', type: 'place-order', state: 'completed', timeline };
}
