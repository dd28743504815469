/** An order as order-service has it. */
export interface OrderFact {
  readonly id: number;
  readonly status: string;
  readonly totalCents: number;
  readonly sagaId: string;
  readonly ageSeconds: number;
  /** Quantity by product. */
  readonly wanted: Readonly<Record<string, number>>;
}

/** A reservation as product-service has it. */
export interface ReservationFact {
  readonly orderId: number;
  readonly productId: number;
  readonly quantity: number;
  readonly state: string;
}

/** A payment as payment-service has it. */
export interface PaymentFact {
  readonly id: number;
  readonly orderId: number;
  readonly state: string;
  readonly amountCents: number;
  readonly capturedCents: number;
  readonly refundedCents: number;
  /** Of that, what admins gave back by hand: it leaves the order as it is. */
  readonly grantedCents: number;
}

/** A saga as the orchestrator has it. */
export interface SagaFact {
  readonly id: string;
  readonly type: string;
  readonly orderId: number;
  readonly phase: string;
  readonly state: string;
  readonly attention: string | null;
  readonly ageSeconds: number;
}

/** A product whose counters, ledger and reservations do not say the same. */
export interface StockFault {
  readonly productId: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly ledgerOnHand: number;
  readonly ledgerReserved: number;
  readonly held: number;
}

export interface OutboxFact {
  readonly database: string;
  readonly waiting: number;
  readonly oldestSeconds: number;
  readonly dead: number;
}

/** An attempt at a payment provider whose outcome is not known yet. */
export interface OpenAttemptFact {
  readonly id: number;
  readonly orderId: number;
  readonly operation: string;
  readonly state: string;
  readonly ageSeconds: number;
}

/**
 * What the services' databases say. They are read one after the other, sagas first and money and stock last: what a saga had finished
 * when it was read is to be seen in what is read after it.
 */
export interface Facts {
  readonly sagas: readonly SagaFact[];
  readonly orders: readonly OrderFact[];
  readonly payments: readonly PaymentFact[];
  readonly openAttempts: readonly OpenAttemptFact[];
  readonly reservations: readonly ReservationFact[];
  readonly products: number;
  readonly stockFaults: readonly StockFault[];
  readonly outboxes: readonly OutboxFact[];
}
