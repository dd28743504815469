import type { Db } from '@sagacity/chassis/db/database';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { AccessTokenIssuer } from '../credentials/access-token.ts';
import type { AuthMetrics } from '../credentials/auth-metrics.ts';
import type { LoginPace } from '../credentials/login-pace.ts';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import type { RevocationAnnouncer } from '../sessions/revocation-announcer.ts';

/** What the use cases work with. */
export interface UseCaseDeps {
  readonly db: Db;
  readonly logger: Logger;
  readonly hasher: PasswordHasher;
  readonly issueAccessToken: AccessTokenIssuer;
  readonly announcer: RevocationAnnouncer;
  readonly loginPace: LoginPace;
  readonly metrics: AuthMetrics;
}

/** The request for which a use case runs, for events and the trail of admin changes. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly traceparent: string;
}
