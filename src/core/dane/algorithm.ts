import { membersOf, readObjectIdentifier } from './der.ts';
import type { DerValue } from './der.ts';

/** RFC 5280 §4.1.1.2. */
export interface AlgorithmIdentifier {
  readonly algorithm: string;
  readonly parameters?: DerValue;
}

/** Undefined if this is no AlgorithmIdentifier. */
export function readAlgorithm(value: DerValue | undefined): AlgorithmIdentifier | undefined {
  const [id, parameters, ...more] = membersOf(value) ?? [];
  const algorithm = readObjectIdentifier(id);
  if (algorithm === undefined || more.length > 0) return undefined;
  return parameters === undefined ? { algorithm } : { algorithm, parameters };
}
