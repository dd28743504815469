import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { connectTo } from '@sagacity/chassis/messaging/publisher';
import type { CommandBody, ReplyBody, ReplyOutcome } from '@sagacity/chassis/participant/envelope';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';

export interface Answer {
  readonly outcome: ReplyOutcome;
  readonly code?: string;
  readonly detail?: string;
  readonly retry_after_ms?: number;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** Stands for all services that take commands: answers `done` at once unless it is told otherwise, and repeats its answer to a repetition. */
export interface Participants {
  readonly commands: readonly CommandBody[];
  /** What to answer to commands of a type from now on; undefined means no answer. */
  answer(type: string, answer: Answer | undefined): void;
  /** Sends a reply that nobody asked for, or not now; returns its message id. */
  reply(command: CommandBody, answer: Answer, messageId?: string): Promise<string>;
  /** Resolves with the first command of the type, or of that attempt, once it is there. */
  received(type: string, attempt?: number): Promise<CommandBody>;
  stop(): Promise<void>;
}

const services = ['product-service', 'payment-service', 'order-service'];

export async function startParticipants(amqpUrl: string): Promise<Participants> {
  const connection = await connectTo(amqpUrl, 'participants');
  const channel = await connection.createConfirmChannel();
  const commands: CommandBody[] = [];
  const answers = new Map<string, Answer | undefined>();

  const reply = async (command: CommandBody, answer: Answer, messageId = uuid7()) => {
    const body = replyTo(command, answer, messageId);
    const properties = { messageId, type: body.type, persistent: true, correlationId: 'order-7' };
    channel.publish(exchanges.replies, body.type, Buffer.from(JSON.stringify(body)), properties);
    await channel.waitForConfirms();
    return messageId;
  };

  for (const service of services) {
    const queue = `${service}.commands`;
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(queue, exchanges.commands, `${service}.#`);
    await channel.consume(queue, async (message) => {
      if (!message) return;
      const command = JSON.parse(message.content.toString()) as CommandBody;
      commands.push(command);
      const answer = answers.has(command.type) ? answers.get(command.type) : { outcome: 'done' as const };
      if (answer) await reply(command, answer);
      channel.ack(message);
    });
  }
  return {
    commands,
    answer: (type, answer) => void answers.set(type, answer),
    reply,
    received: (type, attempt) =>
      waitFor(`command ${type}`, () =>
        commands.find((command) => command.type === type && (attempt ?? command.saga.attempt) === command.saga.attempt),
      ),
    stop: () => connection.close(),
  };
}

function replyTo(command: CommandBody, answer: Answer, messageId: string): ReplyBody {
  const { id, type, step, direction, attempt } = command.saga;
  return {
    reply_id: messageId,
    type: `${type}.${step}.${answer.outcome}`,
    occurred_at: new Date().toISOString(),
    in_reply_to: command.command_id,
    saga: { id, type, step, direction, attempt },
    outcome: answer.outcome,
    code: answer.code ?? null,
    detail: answer.detail ?? null,
    retry_after_ms: answer.retry_after_ms ?? null,
    result: answer.result ?? null,
  };
}
