import type { Db } from '@sagacity/chassis/db/database';
import { accepted, ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { importFormats, importPath, importSchema } from '../contract/imports.ts';
import { readImport } from '../queries/read-import.ts';
import { receiveImport } from '../use-cases/receive-import.ts';

/** Bringing whole files of products into the catalogue, for admins. */
export function importRoutes({ db, wakeWorker }: { readonly db: Db; readonly wakeWorker: () => void }): Route[] {
  return [
    route({
      method: 'post',
      path: '/products/import',
      operationId: 'importProducts',
      summary: 'Add and change many products by a file, by their SKUs',
      access: 'admin',
      upload: Object.keys(importFormats),
      answers: { 202: { description: 'The import, which goes on by itself', schema: importSchema } },
      handle: async ({ upload, mediaType, actor, requestId, traceparent }) => {
        const format = importFormats[mediaType as keyof typeof importFormats];
        const input = { format, actor: `admin ${actor.userId}`, requestId, traceparent, file: upload };
        const { id } = await receiveImport(db, input);
        wakeWorker();
        return accepted(await readImport(db, id), { location: `/products/imports/${id}` });
      },
    }),
    route({
      method: 'get',
      path: '/products/imports/:import_id',
      operationId: 'getImport',
      summary: 'How far an import is, and which lines were bad',
      access: 'admin',
      params: importPath,
      answers: { 200: { description: 'The import', schema: importSchema } },
      problems: ['import.not_found'],
      handle: async ({ params }) => ok(await readImport(db, params.import_id)),
    }),
  ];
}
