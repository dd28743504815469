/** Rows of the gateway's table that the orchestrator does not serve yet; a test fails for one that it serves. */
export const awaitedRoutes: readonly string[] = [
  'get /admin/sagas/stream',
  'get /admin/dead-letters',
  'post /admin/dead-letters/:dead_letter_id/replay',
  'get /admin/audit',
  'post /admin/audit',
];
