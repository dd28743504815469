import { globSync, readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';

/** Nodes of types that wrap a value. */
const valuesInTypes = new Set(['TsAsExpression', 'TsConstAssertion', 'TsSatisfiesExpression', 'TsNonNullExpression']);

/**
 * The texts that a service's use cases and domain have as values: what they can hand to the outbox as the type of an event. A type that
 * is only declared, or only compared with, is not among them, so an event that nobody emits any more is found.
 */
export function textsOfUseCases(folder: string): ReadonlySet<string> {
  const texts = new Set<string>();
  const files = globSync([`${folder}/src/use-cases/**/*.ts`, `${folder}/src/domain/**/*.ts`]);
  for (const file of files.filter((path) => !path.endsWith('.test.ts'))) {
    collect(parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript' }), texts);
  }
  return texts;
}

function collect(node: unknown, texts: Set<string>): void {
  if (Array.isArray(node)) {
    for (const child of node) collect(child, texts);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { type, value, operator } = node as { type?: string; value?: unknown; operator?: string };
  if (type === 'StringLiteral') texts.add(String(value));
  if (type === 'BinaryExpression' && /^[!=]==?$/.test(operator ?? '')) return;
  if (type === 'ImportDeclaration') return;
  if (type?.startsWith('Ts') && !valuesInTypes.has(type)) return;
  for (const [name, child] of Object.entries(node)) if (name !== 'typeAnnotation') collect(child, texts);
}
