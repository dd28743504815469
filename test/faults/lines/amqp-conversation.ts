import type { Conversation, Unit } from './line-proxy.ts';

/** What passes between a client and RabbitMQ. */
export type AmqpEvent =
  | { readonly kind: 'publish'; readonly routingKey: string }
  | { readonly kind: 'deliver'; readonly routingKey: string; readonly redelivered: boolean }
  /** The acknowledgement of these deliveries. */
  | { readonly kind: 'ack'; readonly routingKeys: readonly string[] };

const protocolHeaderBytes = 8;
const frameOverheadBytes = 8;
const methodFrame = 1;
const basicClass = 60;
const methods = { publish: 40, deliver: 60, ack: 80 } as const;

/** Follows what a client and RabbitMQ say to each other (AMQP 0-9-1), as far as it is about messages. */
export function followAmqp(): Conversation<AmqpEvent> {
  const client = frameReader(protocolHeaderBytes);
  const server = frameReader(0);
  /** By channel: routing keys of what was delivered and not acknowledged, by delivery tag. */
  const unacknowledged = new Map<number, Map<bigint, string>>();

  return {
    fromClient: (chunk) => client(chunk).map((bytes): Unit<AmqpEvent> => ({ bytes, event: saidByClient(bytes) })),
    fromServer: (chunk) => server(chunk).flatMap((bytes) => saidByServer(bytes) ?? []),
  };

  function saidByClient(frame: Buffer): AmqpEvent | undefined {
    const method = basicMethod(frame);
    if (method?.id === methods.publish) {
      const exchange = shortText(method.args, 2);
      return { kind: 'publish', routingKey: shortText(method.args, exchange.end).text };
    }
    if (method?.id !== methods.ack) return undefined;
    const tags = unacknowledged.get(method.channel) ?? new Map<bigint, string>();
    const tag = method.args.readBigUInt64BE(0);
    const isMultiple = ((method.args[8] ?? 0) & 1) === 1;
    const acked = [...tags].filter(([each]) => each === tag || (isMultiple && each < tag));
    for (const [each] of acked) tags.delete(each);
    return { kind: 'ack', routingKeys: acked.map(([, routingKey]) => routingKey) };
  }

  function saidByServer(frame: Buffer): AmqpEvent | undefined {
    const method = basicMethod(frame);
    if (method?.id !== methods.deliver) return undefined;
    const { end } = shortText(method.args, 0);
    const redelivered = ((method.args[end + 8] ?? 0) & 1) === 1;
    const routingKey = shortText(method.args, shortText(method.args, end + 9).end).text;
    const tags = unacknowledged.get(method.channel) ?? new Map<bigint, string>();
    unacknowledged.set(method.channel, tags.set(method.args.readBigUInt64BE(end), routingKey));
    return { kind: 'deliver', routingKey, redelivered };
  }
}

export function ackOf(routingKey: string): (event: AmqpEvent) => boolean {
  return (event) => event.kind === 'ack' && event.routingKeys.includes(routingKey);
}

export function publishOf(routingKey: string): (event: AmqpEvent) => boolean {
  return (event) => event.kind === 'publish' && event.routingKey === routingKey;
}

export function redeliveryOf(routingKey: string): (event: AmqpEvent) => boolean {
  return (event) => event.kind === 'deliver' && event.redelivered && event.routingKey === routingKey;
}

/** Cuts a stream into frames; what comes before the first is a piece of its own. */
function frameReader(preambleBytes: number): (chunk: Buffer) => Buffer[] {
  let pending: Buffer = Buffer.alloc(0);
  let preamble = preambleBytes;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    const pieces: Buffer[] = [];
    for (;;) {
      if (preamble === 0 && pending.length < frameOverheadBytes) return pieces;
      const length = preamble > 0 ? preamble : frameOverheadBytes + pending.readUInt32BE(3);
      if (pending.length < length) return pieces;
      pieces.push(pending.subarray(0, length));
      pending = pending.subarray(length);
      preamble = 0;
    }
  };
}

function basicMethod(frame: Buffer): { channel: number; id: number; args: Buffer } | undefined {
  if (frame[0] !== methodFrame || frame.length < 12 || frame.readUInt16BE(7) !== basicClass) return undefined;
  return { channel: frame.readUInt16BE(1), id: frame.readUInt16BE(9), args: frame.subarray(11, -1) };
}

function shortText(bytes: Buffer, at: number): { text: string; end: number } {
  const end = at + 1 + (bytes[at] ?? 0);
  return { text: bytes.toString('utf8', at + 1, end), end };
}
