/** The role of the audit: it may read what stock, money, orders and sagas are, and every outbox; it may change nothing. */
export const auditorRole = 'auditor';
