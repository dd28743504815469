import type { MessageContext } from '@sagacity/chassis/messaging/envelope';
import type { Command } from '@sagacity/chassis/participant/commands';

/** The context of messages that a command causes: the same undertaking and trace, caused by the command. */
export function commandContext(command: Pick<Command, 'id' | 'context'>): MessageContext {
  return { ...command.context, causationId: command.id };
}
