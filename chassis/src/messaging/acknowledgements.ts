import type { Delivery, Subscription } from './subscription.ts';

/** What was handled and not acknowledged comes again after a crash, and is then known from the inbox. */
const longestUnsentMs = 100;

/**
 * Acknowledges what was settled within a short while together: to a quorum queue each acknowledgement is an entry of a log that is
 * written to disk, like a message. At most `atMost` deliveries wait, so that the broker keeps handing out; the order of settling counts.
 */
export class Acknowledgements {
  readonly #subscription: Pick<Subscription, 'acknowledge'>;
  readonly #atMost: number;
  #settled: Delivery[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(subscription: Pick<Subscription, 'acknowledge'>, atMost: number) {
    this.#subscription = subscription;
    this.#atMost = atMost;
  }

  add(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    this.#settled.push(...deliveries);
    if (this.#settled.length >= this.#atMost) this.send();
    else this.#timer ??= setTimeout(() => this.send(), longestUnsentMs);
  }

  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#settled.length === 0) return;
    const settled = this.#settled;
    this.#settled = [];
    this.#subscription.acknowledge(settled);
  }
}
