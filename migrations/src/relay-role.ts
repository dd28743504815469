/** The role that drains the outboxes of all databases, and may touch nothing else in them. */
export const relayRole = 'outbox_relay';
