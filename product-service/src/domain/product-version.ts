import { DomainError } from '@sagacity/chassis/errors/domain-error';

const tag = /^(?:W\/)?"(\d+)(?:-[\w-]*)?"$/;

/**
 * Throws `request.version_mismatch` unless the If-Match header has a tag of this version; without the header every version is good.
 * What stands behind the version in a tag changes with each sale, which is no reason to refuse an admin's change.
 */
export function assertVersion(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const versions = ifMatch.split(',').map((text) => tag.exec(text.trim())?.[1]);
  if (versions.includes(String(version))) return;
  throw new DomainError('request.version_mismatch', 'It was changed meanwhile; read it again.');
}
