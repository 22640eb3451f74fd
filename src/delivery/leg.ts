import { isDane } from '../core/levels/levels.ts';
import type { Destination } from '../core/route/destination.ts';
import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';

/** One destination of a next hop, and what the operator demands of it. */
export interface Leg {
  readonly destination: Destination;
  readonly asked: PolicyEntry;
  /** What says so, in words for the operator. */
  readonly rule: string;
  /** Of the settings that say so. */
  readonly version: number;
  readonly wrapper: boolean;
  /** The setting that names it; absent where it is only the domain of recipients. */
  readonly namedIn?: string;
}

/** An address literal is never looked up, so no resolver can mislead the relay about it. */
export function needsValidation({ asked, destination }: Pick<Leg, 'asked' | 'destination'>): boolean {
  return asked.kind === 'level' && isDane(asked.level) && destination.kind !== 'literal';
}
