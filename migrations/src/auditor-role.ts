/** The role of the audit: it may read everything in all databases and change nothing. */
export const auditorRole = 'auditor';
