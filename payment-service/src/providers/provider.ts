import type { Operation } from '../domain/payment.ts';
import type { ProviderAnswer, StatusAnswer } from '../domain/provider-answer.ts';

/** One request to a provider. Sent again under the same key, it moves no more money. */
export interface ProviderRequest {
  readonly key: string;
  readonly orderId: number;
  readonly token: string;
  /** The provider's id of the charge; null for an authorisation. */
  readonly reference: string | null;
  readonly amountCents: number;
  readonly currency: string;
}

export interface StatusQuery extends ProviderRequest {
  readonly operation: Operation;
}

/** What a webhook tells, once its signature has been found good. */
export interface ProviderEvent {
  readonly eventId: string;
  readonly type: string;
  /** The key under which we made the request it tells about. */
  readonly key: string;
  readonly answer: ProviderAnswer;
}

export interface RawWebhook {
  /** The bytes as they came: signatures are over these. */
  readonly body: Buffer;
  header(name: string): string | undefined;
  readonly receivedAt: Date;
}

/**
 * A payment provider. Each call answers as soon as the provider does; it may reject, and is given up when the signal aborts,
 * which both count as `unclear`. Adapters keep nothing of ours and never see a transaction.
 */
export interface PaymentProvider {
  readonly name: string;
  /** False for tokens that the provider could not know. */
  acceptsToken(token: string): boolean;
  authorise(request: ProviderRequest, signal: AbortSignal): Promise<ProviderAnswer>;
  capture(request: ProviderRequest, signal: AbortSignal): Promise<ProviderAnswer>;
  void(request: ProviderRequest, signal: AbortSignal): Promise<ProviderAnswer>;
  refund(request: ProviderRequest, signal: AbortSignal): Promise<ProviderAnswer>;
  /** What became of the request with this key; waits for one that is being worked on. */
  status(query: StatusQuery, signal: AbortSignal): Promise<StatusAnswer>;
  /** Reads a webhook; throws `payment.webhook_forged` or `payment.webhook_stale`. */
  parseWebhook(webhook: RawWebhook): ProviderEvent;
}

export type Providers = ReadonlyMap<string, PaymentProvider>;
