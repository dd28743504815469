import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import type { Redis } from 'ioredis';
import { servicesAnswer } from '../contract/services.ts';
import { listServices } from '../queries/list-services.ts';

/** Who is there to serve. */
export function serviceRoutes({ redis }: { readonly redis: Redis }): Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/services',
      operationId: 'listServices',
      summary: 'The instances of all services that hold a lease now',
      access: 'admin',
      answers: { 200: { description: 'Instances', schema: servicesAnswer } },
      problems: ['service.unavailable'],
      handle: async () => ok(await listServices(redis)),
    }),
  ];
}
