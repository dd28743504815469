// Who may import whom. `npm run boundaries` fails on the first breach.
const services =
  '(?:gateway|user-service|product-service|order-service|payment-service|notification-service|saga-orchestrator|outbox-relay)';

/** @type {import('dependency-cruiser').IConfiguration} */
const configuration = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'chassis-knows-no-service',
      severity: 'error',
      from: { path: '^chassis/' },
      to: { path: `^(?:${services}|migrations|scripts|bench|test)/` },
    },
    {
      name: 'services-meet-in-contracts',
      severity: 'error',
      from: { path: `^(${services})/` },
      to: { path: `^${services}/`, pathNot: ['^$1/', '/src/contract/'] },
    },
    {
      name: 'services-know-no-tooling',
      severity: 'error',
      from: { path: `^${services}/src/` },
      to: { path: '^(?:migrations|scripts|bench|test)/' },
    },
    {
      // It proves what the services did from their rows alone: it must not share their code, and with it their mistakes.
      name: 'audit-knows-no-service',
      severity: 'error',
      from: { path: '^audit/' },
      to: { path: `^(?:${services}|migrations|scripts|test)/` },
    },
    {
      // Its endpoint is the orchestrator's, which keeps the reports; no other service may hold a role that reads all databases.
      name: 'audit-is-asked-by-the-orchestrator',
      severity: 'error',
      from: { path: `^${services}/`, pathNot: '^saga-orchestrator/(?:src/(?:app|use-cases/audit-shop)\\.ts$|test/)' },
      to: { path: '^audit/' },
    },
    {
      name: 'contract-stands-alone',
      severity: 'error',
      from: { path: `^(${services})/src/contract/` },
      to: { path: '^$1/src/', pathNot: '^$1/src/contract/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '/src/domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['/src/domain/', '^chassis/src/(?:errors/domain-error|money/)'] },
    },
    {
      name: 'engine-is-pure',
      severity: 'error',
      from: { path: '/src/engine/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '/src/engine/' },
    },
    {
      name: 'persistence-knows-only-domain-and-db',
      severity: 'error',
      from: { path: `^(${services})/src/persistence/` },
      to: { path: '^$1/src/', pathNot: ['^$1/src/persistence/', '^$1/src/(?:domain|engine)/', '^$1/src/contract/'] },
    },
    {
      name: 'edges-go-through-use-cases-and-queries',
      severity: 'error',
      from: { path: `^${services}/src/(?:http|messaging)/`, pathNot: '\\.test\\.ts$' },
      to: { path: '/src/persistence/' },
    },
    {
      name: 'use-cases-know-no-edge',
      severity: 'error',
      from: { path: '/src/(?:use-cases|queries)/' },
      to: { path: '/src/(?:http|messaging|app|main)', pathNot: '^chassis/' },
    },
    {
      name: 'knex-stays-in-its-layers',
      severity: 'error',
      from: {
        pathNot: ['/src/(?:persistence|queries|migrations)/', '^chassis/src/db/', '^chassis/test-kit/', '^migrations/'],
      },
      to: { path: 'node_modules/knex/' },
    },
    {
      name: 'rascal-stays-in-chassis',
      severity: 'error',
      from: { pathNot: '^chassis/src/messaging/' },
      to: { path: 'node_modules/(?:@types/)?rascal/' },
    },
    {
      name: 'express-stays-at-the-edge',
      severity: 'error',
      from: { pathNot: ['/src/http/', '^gateway/', '^chassis/src/http/'] },
      to: { path: 'node_modules/(?:@types/)?express/' },
    },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '/src/', pathNot: ['\\.test\\.ts$', '^bench/'] },
      to: { path: ['\\.test\\.ts$', '/test/', '/test-kit/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // TypeScript 7 has no API that dependency-cruiser could use; swc parses the sources for it.
    parser: 'swc',
    exclude: { path: 'node_modules/.*/node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
    preserveSymlinks: false,
  },
};

export default configuration;
