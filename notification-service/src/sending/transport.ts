import { createTransport } from 'nodemailer';
import type { QueuedMail } from '../persistence/notifications.ts';

/** Hands a mail to a mail server; rejects when the server did not take it. */
export type SendMail = (mail: QueuedMail) => Promise<void>;

const timeoutMs = 10_000;

/**
 * Sends over SMTP. Without a server's URL the mail is only written down: it is in the table and counts as sent.
 * The message id is the notification's, so that a mail which is sent twice after a crash can be recognised.
 */
export function createSendMail(options: { readonly smtpUrl: string | undefined; readonly from: string }): SendMail {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport =
    options.smtpUrl === undefined
      ? createTransport({ jsonTransport: true })
      : createTransport({ url: options.smtpUrl, pool: true, maxConnections: 2, ...timeouts });
  const domain = options.from.split('@')[1] ?? 'localhost';
  return async (mail) => {
    await transport.sendMail({
      from: options.from,
      to: { name: '', address: mail.to_address },
      subject: mail.subject,
      text: mail.body_text,
      html: mail.body_html,
      messageId: `<notification-${mail.id}@${domain}>`,
    });
  };
}
