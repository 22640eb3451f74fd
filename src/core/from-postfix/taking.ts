import type { Draft } from './draft.ts';
import type { Assignment } from '../postfix/main-cf.ts';
import type { ImportPorts } from '../postfix/ports.ts';
import type { Effective, Scope } from './scope.ts';
import type { Service } from '../postfix/master-cf.ts';

/** What those that take parameters over are given. */
export interface Taking {
  /** The parameters of the service that mail goes out by. */
  readonly scope: Scope;
  readonly services: readonly Service[];
  /** The parameters of another service. */
  readonly scopeOf: (service: Service) => Scope;
  readonly draft: Draft;
  readonly ports: ImportPorts;
}

/** The assignment that a refusal of this value is about. */
export function originOf({ origins }: Effective): Assignment | undefined {
  return origins[0];
}

/** Whether the value has `$name` of somebody unknown in it; then that is said, and nothing can be made of the value. */
export function isUnknown(
  { draft }: Pick<Taking, 'draft'>,
  value: Effective,
  loss: 'protection' | 'effect',
): boolean {
  const [name] = value.unknown;
  if (name === undefined) return false;
  draft.refuse(originOf(value), `$${name} is set nowhere, and its default is not known here`, loss);
  return true;
}
