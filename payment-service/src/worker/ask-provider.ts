import type { ProviderAnswer, StatusAnswer } from '../domain/provider-answer.ts';
import type { AttemptCall } from '../persistence/attempts.ts';
import type { PaymentProvider, ProviderRequest } from '../providers/provider.ts';

/** Sends an attempt's request to the provider; whatever goes wrong on the way is `unclear`. */
export function callProvider(provider: PaymentProvider, call: AttemptCall, timeoutMs: number): Promise<ProviderAnswer> {
  const request = requestOf(call);
  return clearOrUnclear<ProviderAnswer>((signal) => provider[call.operation](request, signal), timeoutMs);
}

/**
 * Asks what became of an attempt that may have been sent before. Only where the provider knows nothing of its key is it sent (again),
 * under the same key: a request that is still on its way and this one can then only move money once.
 */
export async function askProvider(
  provider: PaymentProvider,
  call: AttemptCall,
  timeoutMs: number,
): Promise<ProviderAnswer> {
  const query = { ...requestOf(call), operation: call.operation };
  const status = await clearOrUnclear<StatusAnswer>((signal) => provider.status(query, signal), timeoutMs);
  return status.kind === 'not_found' ? callProvider(provider, call, timeoutMs) : status;
}

function requestOf(call: AttemptCall): ProviderRequest {
  return {
    key: call.providerKey,
    orderId: call.orderId,
    token: call.methodToken,
    reference: call.reference,
    amountCents: call.amountCents,
    currency: call.currency,
  };
}

async function clearOrUnclear<A>(
  ask: (signal: AbortSignal) => Promise<A>,
  timeoutMs: number,
): Promise<A | { readonly kind: 'unclear'; readonly detail: string }> {
  const deadline = new AbortController();
  // Not AbortSignal.timeout: that makes an error with each call, once the time is over, however long ago the answer has come.
  const timer = setTimeout(() => deadline.abort(new Error('no answer in time')), timeoutMs);
  try {
    return await Promise.race([ask(deadline.signal), rejectWhenAborted(deadline.signal)]);
  } catch (error) {
    return { kind: 'unclear', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** An adapter that does not heed the signal must not keep an attempt for ever. */
function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
