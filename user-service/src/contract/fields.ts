/** Fields that several schemas share. PostgreSQL's texts cannot hold NUL, so no text may contain control characters. */
const singleLine = '^\\P{Cc}*$';
const manyLines = '^(?:\\P{Cc}|[\\n\\r\\t])*$';

export const email = { type: 'string', format: 'email', maxLength: 255, examples: ['ada@example.com'] } as const;

/** No `@`: a name never looks like somebody's address. */
export const username = {
  type: 'string',
  minLength: 3,
  maxLength: 100,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  examples: ['ada'],
} as const;

export const newPassword = {
  type: 'string',
  minLength: 8,
  maxLength: 128,
  examples: ['correct horse battery'],
} as const;

/** What somebody claims is the password: of any length that could ever have been one. */
export const givenPassword = { type: 'string', minLength: 1, maxLength: 128 } as const;

export const optionalName = {
  type: ['string', 'null'],
  maxLength: 100,
  pattern: singleLine,
  examples: ['Ada'],
} as const;
export const optionalPhone = {
  type: ['string', 'null'],
  maxLength: 20,
  pattern: singleLine,
  examples: ['+49 30 123456'],
} as const;
export const optionalAddress = {
  type: ['string', 'null'],
  maxLength: 2_000,
  pattern: manyLines,
  examples: ['1 Main Street'],
} as const;

export const role = { enum: ['user', 'admin'] } as const;

export const userId = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;

export const timestamp = { type: 'string', format: 'date-time' } as const;
