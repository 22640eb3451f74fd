import type { Certificate, TlsaParameters } from './certificates.ts';
import type { MailHostOptions } from './mail-host.ts';

/** What a lab consists of, said before any address or port is known. */
export interface World {
  readonly domains: readonly LabDomain[];
  readonly hosts: readonly LabHost[];
}

/** A zone under `test.`; its parent is the nearest other zone above it. */
export interface LabDomain {
  /** Name of the zone, `good.test`. */
  readonly name: string;
  /**
   * `unsigned`: the parent proves that there is no key. `bogus`: every signature is broken.
   * `dead`: delegated to a name server that never answers.
   */
  readonly dnssec: 'signed' | 'unsigned' | 'bogus' | 'dead';
  /** Master-file lines, names relative to the zone: `@ MX 10 mx`. SOA, NS and keys are added. */
  readonly records?: (names: WorldNames) => readonly string[];
  /** Owner and type of the record sets of a signed zone whose signature is broken: `_10025._tcp.mx TLSA`. */
  readonly bogusRrsets?: (names: WorldNames) => readonly string[];
}

export type LabHost = ScriptedHost | PostfixHost | AbsentHost;

interface HostBase {
  /** Its key in the lab, and the name it greets with: `mx.good.test`. The DNS says of it what the domains say. */
  readonly name: string;
  /** 6 puts it on ::1, of which a lab has one. Default 4. */
  readonly family?: 4 | 6;
}

/** Our own mail server, which does as told. */
export interface ScriptedHost extends HostBase, MailHostOptions {
  readonly kind: 'scripted';
  readonly certificates?: readonly Certificate[];
}

/** A real Postfix; needs root. */
export interface PostfixHost extends HostBase {
  readonly kind: 'postfix';
  /** Domains it takes mail for. */
  readonly domains: readonly string[];
  /** As sent: its own certificate first. */
  readonly certificates: readonly Certificate[];
  /** Further main.cf parameters, or other values. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How the SASL library of Cyrus checks logins. */
  readonly saslConfiguration?: string;
}

/** An address at which connections are refused. */
export interface AbsentHost extends HostBase {
  readonly kind: 'absent';
}

/** The names of a running lab, for writing records. Hosts are named as in the world; unknown ones throw. */
export interface WorldNames {
  readonly port: number;
  /** Type and RDATA: `A 127.80.1.10` or `AAAA ::1`. */
  address(host: string): string;
  /** Type and RDATA for what the host presents: its first certificate, or for usages 0 and 2 its second. */
  tlsa(host: string, parameters: TlsaParameters): string;
  /** `_10025._tcp.mx` for `mx`, at the port of this lab (RFC 6698 §3). */
  tlsaOwner(name: string): string;
}
