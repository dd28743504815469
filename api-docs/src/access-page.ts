import { accessMatrix, roles } from './access-matrix.ts';
import { code, page, table } from './markdown.ts';

/** Who gets which status where; `test/security/access-matrix.test.ts` calls every one of them. */
export async function accessPage(): Promise<string> {
  const rows = accessMatrix.map(({ route, statuses }) => {
    const [method = '', path = ''] = route.split(' ');
    return [code(`${method.toUpperCase()} ${path}`), ...roles.map((role) => String(statuses[role]))];
  });
  return page(
    'Who may do what',
    'The status of each operation at the gateway, for a well-formed request about a thing of the owner: by its **owner**, by a **stranger** (another customer), by an **admin**, and by **nobody** (no token). `test/security/access-matrix.test.ts` calls each of them.',
    'What belongs to somebody else answers 404, exactly as what does not exist. No role is 403. A password is changed by its owner alone. A webhook is let in by its signature, so that one without is 401 whoever sends it; 409 at the actions of a saga is the refusal of a version that has passed.',
    table(['operation', ...roles], rows),
    'A service answers the same on its own port: it checks the token, the role and the owner itself, and believes no header that names a user (`test/security/self-defence.test.ts`).',
  );
}
