import type { InsecureMxPolicy } from '../levels/levels.ts';
import type { Login } from '../sasl/login.ts';
import type { PolicyEntry } from './policy-entry.ts';
import type { NameFacts } from './reference-names.ts';
import type { TlsSettings } from './tls-settings.ts';

/** What is known of a host before anybody asks for its TLSA records. */
export interface PolicyFacts extends NameFacts {
  readonly asked: PolicyEntry;
  readonly settings: TlsSettings;
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** TLS from the first octet (RFC 8314 §3.3). */
  readonly wrapper?: boolean;
  /** Who we are to this host. */
  readonly login?: Login;
  /** As the MX record lists it. */
  readonly host: string;
  readonly port: number;
}
