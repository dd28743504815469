/** Where the servers for tests are; `make test` sets these variables. */
export function testServer(
  name: 'TEST_POSTGRES_ADMIN_URL' | 'TEST_AMQP_URL' | 'TEST_AMQP_MANAGEMENT_URL' | 'TEST_REDIS_URL',
): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run the tests by "make test", which starts servers for them`);
  return url;
}
