import type { ConsumeMessage } from 'amqplib';
import { expect } from 'chai';
import { handler } from './handlers.ts';
import { handlerKey, readMessage } from './incoming.ts';

const id = '0192f0d0-0000-7000-8000-000000000001';
const note = handler(
  { type: 'object', additionalProperties: false, required: ['text'], properties: { text: { type: 'string' } } },
  async () => undefined,
);
const table = { 'note.written': note };

describe('incoming message', () => {
  it('is read with its context and handed to the handler of its type', () => {
    const headers = { causation_id: 'request-1', traceparent: '00-a-b-00', 'x-retry-count': 2 };
    const read = readMessage(delivered('{"text":"a"}', { correlationId: 'note-1', headers }), table);
    expect(read.fault).to.equal(undefined);
    expect(read.handler).to.equal(note);
    expect(read.message).to.deep.equal({
      messageId: id,
      type: 'note.written',
      body: { text: 'a' },
      context: { correlationId: 'note-1', causationId: 'request-1', traceparent: '00-a-b-00' },
      retryCount: 2,
      redelivered: false,
    });
  });

  it('belongs to itself when it belongs to nothing else', () => {
    expect(readMessage(delivered('{"text":"a"}'), table).message.context).to.deep.equal({ correlationId: id });
  });

  it('counts no retries that are not a count', () => {
    for (const count of ['3', -1, 1.5, null, { a: 1 }]) {
      const read = readMessage(delivered('{"text":"a"}', { headers: { 'x-retry-count': count } }), table);
      expect(read.message.retryCount).to.equal(0);
    }
  });

  it('is refused with a code for what is wrong with it', () => {
    const codeOf = (content: string, properties: object = {}) =>
      readMessage(delivered(content, properties), table).fault?.code;
    expect(codeOf('{"text":"a"}', { messageId: 'seven' })).to.equal('message.id_missing');
    expect(codeOf('{"text":"a"}', { messageId: undefined })).to.equal('message.id_missing');
    expect(codeOf('{"text":"a"}', { type: undefined })).to.equal('message.type_missing');
    expect(codeOf('{"text":"a"}', { type: 'note.burnt' })).to.equal('message.type_unknown');
    expect(codeOf('{"text":"a"}', { type: 'constructor' })).to.equal('message.type_unknown');
    expect(codeOf('{"text":')).to.equal('message.malformed');
    expect(codeOf('')).to.equal('message.malformed');
    expect(codeOf('{"text":1}')).to.equal('message.invalid');
  });

  it('names every fault of a body', () => {
    const read = readMessage(delivered('{"text":1,"more":2}'), table);
    expect(read.fault?.message).to.equal('/more is not a known field; /text must be string');
  });

  it('goes to the handler of all types when its own has none', () => {
    const any = { ...table, '*': note };
    expect(readMessage(delivered('{"text":"a"}', { type: 'note.burnt' }), any).fault).to.equal(undefined);
    expect([handlerKey('note.written', any), handlerKey('note.burnt', any)]).to.deep.equal(['note.written', '*']);
    expect(handlerKey('note.burnt', table)).to.equal('unknown');
  });
});

function delivered(content: string, properties: object = {}): ConsumeMessage {
  return {
    content: Buffer.from(content),
    fields: { redelivered: false, deliveryTag: 1, consumerTag: 'c', exchange: 'e', routingKey: 'k' },
    properties: { messageId: id, type: 'note.written', headers: {}, ...properties },
  } as unknown as ConsumeMessage;
}
