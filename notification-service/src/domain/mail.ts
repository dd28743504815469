/** A mail that is ready to be sent. */
export interface Mail {
  readonly template: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What the templates need to know of an order. */
export interface MailedOrder {
  readonly orderId: number;
  readonly status: string;
  readonly previousStatus: string | null;
  readonly reason: string | null;
  readonly total: string;
  readonly lines: readonly { readonly name: string; readonly quantity: number; readonly total: string }[];
  readonly trackingNumber: string | null;
}

export function welcomeMail(name: string): Mail {
  return mail('welcome', 'Welcome', [`Hello ${name},`, 'your account is ready. We are glad that you are here.']);
}

/** The mail for an order's new status; undefined for those of which nobody needs to hear. Nothing is mailed before an order is confirmed or ended. */
export function orderMail(name: string, order: MailedOrder): Mail | undefined {
  const hello = `Hello ${name},`;
  const number = `order ${order.orderId}`;
  switch (order.status) {
    case 'confirmed':
      return mail('order-confirmed', `Your ${number} is confirmed`, [
        hello,
        `thank you for your ${number}. This is what you bought:`,
        ...order.lines.map((line) => `${line.quantity} × ${line.name}: ${line.total}`),
        `Total: ${order.total}`,
      ]);
    case 'rejected':
      return mail('order-rejected', `Your ${number} could not be completed`, [
        hello,
        `we are sorry: your ${number} could not be completed${because(order.reason)}. You were not charged.`,
      ]);
    case 'shipped':
      return mail('order-shipped', `Your ${number} is on its way`, [
        hello,
        `your ${number} has left our warehouse.`,
        ...(order.trackingNumber === null ? [] : [`Tracking number: ${order.trackingNumber}`]),
      ]);
    case 'cancelled':
      return mail('order-cancelled', `Your ${number} is cancelled`, [
        hello,
        `your ${number} is cancelled, as you asked. Whatever was held or paid, ${order.total} at most, goes back to you.`,
      ]);
    default:
      return undefined;
  }
}

/** `refund_amount` went back to the customer. */
export function refundMail(name: string, orderId: number, amount: string): Mail {
  return mail('order-refunded', `Refund for your order ${orderId}`, [
    `Hello ${name},`,
    `we have sent back ${amount} for your order ${orderId}. It can take some days until you see it.`,
  ]);
}

function because(reason: string | null): string {
  if (reason === null) return '';
  if (reason.startsWith('stock.')) return ' because there was not enough in stock';
  if (reason.startsWith('payment.')) return ' because the payment was refused';
  return '';
}

function mail(template: string, subject: string, paragraphs: readonly string[]): Mail {
  return {
    template,
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n'),
  };
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
