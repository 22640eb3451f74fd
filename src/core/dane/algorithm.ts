import { fewMembersOf, readObjectIdentifier } from './der.ts';
import type { DerValue } from './der.ts';

/** RFC 5280 §4.1.1.2. */
export interface AlgorithmIdentifier {
  readonly algorithm: string;
  readonly parameters?: DerValue;
}

/** Undefined if this is no AlgorithmIdentifier. */
export function readAlgorithm(value: DerValue | undefined): AlgorithmIdentifier | undefined {
  const [id, parameters] = fewMembersOf(value, 2) ?? [];
  const algorithm = readObjectIdentifier(id);
  if (algorithm === undefined) return undefined;
  return parameters === undefined ? { algorithm } : { algorithm, parameters };
}
