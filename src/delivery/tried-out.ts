import type { HostPolicy } from '../core/tls-policy/host-policy.ts';

/** The policy of a host that is only tried out. */
export interface TriedOut {
  /** As it was asked for. */
  readonly level: string;
  /** Undefined where nobody can say now. */
  readonly policy: HostPolicy | undefined;
}
