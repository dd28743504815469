import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import type { DeadLetters } from '@sagacity/chassis/messaging/dead-letters';
import {
  deadLetterList,
  deadLetterPath,
  deadLettersQuery,
  replayAnswer,
  replayBody,
} from '../contract/dead-letters.ts';
import { listDeadLetters } from '../queries/list-dead-letters.ts';
import { replayDeadLetter } from '../use-cases/replay-dead-letter.ts';

/** Messages that no consumer could handle, of all services. */
export function deadLetterRoutes(deps: { readonly db: Db; readonly letters: DeadLetters }): Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/dead-letters',
      operationId: 'listDeadLetters',
      summary: 'Dead letters by state, queue, type, reason or order, the newest first',
      access: 'admin',
      query: deadLettersQuery,
      answers: { 200: { description: 'Dead letters', schema: deadLetterList } },
      handle: async ({ query }) => ok(await listDeadLetters(deps.db, query)),
    }),
    route({
      method: 'post',
      path: '/admin/dead-letters/:dead_letter_id/replay',
      operationId: 'replayDeadLetter',
      summary: 'Send a dead letter back to its queue, under its own message id',
      access: 'admin',
      params: deadLetterPath,
      body: replayBody,
      answers: { 200: { description: 'Its queue has it again', schema: replayAnswer } },
      problems: ['dead_letter.not_found', 'dead_letter.not_open', 'dead_letter.gone'],
      handle: async ({ actor, params: { dead_letter_id: id }, body }) => {
        await replayDeadLetter(deps, { id, reason: body.reason, actor: `admin ${actor.userId}` });
        return ok({ id, state: 'replayed' });
      },
    }),
  ];
}
