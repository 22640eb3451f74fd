import type { SecurityOption } from './mechanisms.ts';

/** Who we are to a host, and how it may be told. Nothing of this is ever logged or stored. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly rules: LoginRules;
  /** The same for the same user and password, and says nothing about either. */
  readonly id: string;
}

export interface LoginRules {
  /** Words as `isFilterWord` takes them; empty: any mechanism. */
  readonly filter: readonly string[];
  /** What a mechanism must be good for on a connection without TLS, with TLS, and to a host that was verified. */
  readonly clear: readonly SecurityOption[];
  readonly tls: readonly SecurityOption[];
  readonly verified: readonly SecurityOption[];
  /** A refused login makes mail wait rather than bounce. */
  readonly softBounce: boolean;
}
