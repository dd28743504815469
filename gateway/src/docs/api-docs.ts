import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router } from 'express';

// Everything comes from here and nothing else may be loaded, so that reading the documents tells nobody of it.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sagacity API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true, docExpansion: 'list', tryItOutEnabled: true });
`;

const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const document = readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8');

/** `/openapi.json`: the document of all that the gateway lets through, made by `make docs`; `/docs`: the same for a browser. */
export function apiDocs(): Router {
  const router = Router({ caseSensitive: true });
  router.use('/docs', (_request, response, next) => {
    response.setHeader('content-security-policy', policy);
    next();
  });
  router.get('/openapi.json', (_request, response) => response.type('application/json').send(document));
  router.get('/docs', (_request, response) => response.type('html').send(page));
  router.get('/docs/start.js', (_request, response) => response.type('js').send(start));
  router.get('/docs/page.css', (_request, response) => response.sendFile('page.css', { root: import.meta.dirname }));
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    router.get(`/docs/${file}`, (_request, response) => response.sendFile(file, { root: swaggerUi, maxAge: '1h' }));
  }
  return router;
}
