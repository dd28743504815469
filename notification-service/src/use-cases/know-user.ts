import type { Trx } from '@sagacity/chassis/db/database';
import type { UserData } from '@sagacity/user-service/contract/events';
import { welcomeMail } from '../domain/mail.ts';
import { insertNotification } from '../persistence/notifications.ts';
import { eraseRecipient, saveRecipient } from '../persistence/recipients.ts';

/** Keeps whom to write to. */
export async function knowUser(trx: Trx, user: UserData, version: number): Promise<void> {
  await saveRecipient(trx, { userId: user.user_id, email: user.email, name: nameOf(user), version });
}

/** Keeps whom to write to, and welcomes him. */
export async function welcomeUser(trx: Trx, eventId: string, user: UserData, version: number): Promise<void> {
  await knowUser(trx, user, version);
  const mail = welcomeMail(nameOf(user));
  await insertNotification(trx, { userId: user.user_id, orderId: null, eventId, to: user.email, mail });
}

/** Forgets somebody for good. */
export async function forgetUser(trx: Trx, userId: number, version: number): Promise<void> {
  await eraseRecipient(trx, userId, version);
}

function nameOf({ first_name, username }: UserData): string {
  return (first_name ?? username).slice(0, 100);
}
