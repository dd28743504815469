import { exchanges } from '@sagacity/chassis/messaging/envelope';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { replySchema } from '@sagacity/chassis/participant/envelope';
import { code, page, table } from './markdown.ts';
import { type Message, readCommands, readEvents, readQueues } from './messages.ts';

/** Every message: its key, who sends it, who consumes it, and its fields. */
export async function messagesPage(): Promise<string> {
  const [events, commands, queues] = await Promise.all([readEvents(), readCommands(), readQueues()]);
  const eventSections = events.map((event) => describe(event, consumersOf(queues, exchanges.events, event.key)));
  const commandSections = commands.map((command) =>
    describe(command, consumersOf(queues, exchanges.commands, command.key)),
  );
  return page(
    'Messages',
    intro,
    '## Overview',
    table(
      ['message', 'from', 'to the queues'],
      [
        ...events.map(({ key, producer }) => [code(key), producer, consumersOf(queues, exchanges.events, key)]),
        ...commands.map(({ key, producer }) => [code(key), producer, consumersOf(queues, exchanges.commands, key)]),
      ],
    ),
    `## Events\n\nOn ${code(exchanges.events)}. The body is \`{event_id, type, occurred_at, aggregate: {type, id, version}, data}\`; below are the fields of \`data\`.`,
    ...eventSections,
    `## Commands\n\nOn ${code(exchanges.commands)}. The body is \`{command_id, type, issued_at, saga: {id, type, version, step, direction, attempt}, idempotency_key, deadline, data}\`; below are the fields of \`data\`.`,
    ...commandSections,
    `## Replies\n\nOn ${code(exchanges.replies)}, consumed by ${consumersOf(queues, exchanges.replies, '#')}. The key is \`<saga>.<step>.<outcome>\`, with the outcome done, refused, transient, expired or tombstoned.`,
    fieldsOf(replySchema),
    '## Queues',
    table(
      ['queue', 'takes'],
      queues.map(({ name, bindings }) => [
        code(name),
        bindings.map(({ exchange, keys }) => `${exchange}: ${keys.map(code).join(', ')}`).join('; '),
      ]),
    ),
  );
}

const intro =
  'A message is published if and only if the transaction that wrote it committed; at least once, in order per aggregate. Consumers validate it against the schema, drop what they have seen, and give up on what is not valid (`<queue>.dlq`). How to look at them: [tracing-events.md](tracing-events.md).';

function describe({ key, producer, data }: Message, consumers: string): string {
  return `### ${code(key)}\n\nFrom ${producer} to ${consumers}.\n\n${fieldsOf(data)}`;
}

function consumersOf(queues: readonly QueueSpec[], exchange: string, key: string): string {
  const names = queues
    .filter(({ bindings }) => bindings.some((binding) => binding.exchange === exchange && binding.keys.includes(key)))
    .map(({ name }) => code(name));
  return names.length === 0 ? 'nobody yet' : names.join(', ');
}

interface Field {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
}

function fieldsOf(schema: object): string {
  return table(['field', 'type', 'always there'], rowsOf(schema as Field, ''));
}

function rowsOf({ properties = {}, required = [] }: Field, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const row = [code(path), typeOf(field), required.includes(name) ? 'yes' : ''];
    if (field.properties) return [row, ...rowsOf(field, `${path}.`)];
    return field.items?.properties ? [row, ...rowsOf(field.items, `${path}[].`)] : [row];
  });
}

function typeOf({ type, enum: values, const: only, format, items }: Field): string {
  if (only !== undefined) return code(String(only));
  if (values) return values.map(String).join(', ');
  const types = typeof type === 'string' ? [type] : (type ?? ['anything']);
  const named = types.map((one) => (one === 'string' && format ? format : one)).join(' or ');
  return items === undefined ? named : `${named} of ${items.properties ? 'object' : typeOf(items)}`;
}
