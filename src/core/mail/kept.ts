import type { ShownCertificate } from '../dane/shown-certificate.ts';
import type { TlsAsked } from './tls-need.ts';

/**
 * What is kept of an attempt to deliver, for the operator who asks later: one for every attempt, with a message that
 * still waits and after it left. Short, because every message that is delivered leaves one. All texts are one printable
 * line.
 */
export interface KeptAttempt {
  /** When it was over; epoch ms. */
  readonly at: number;
  readonly queueId: string;
  readonly destination: string;
  /** 1 for the first attempt of the message at this destination. */
  readonly count: number;
  readonly sender: string;
  /** Epoch ms. */
  readonly arrivedAt: number;
  readonly size: number;
  readonly messageId: string;
  /** `client.example[192.0.2.7]`; absent for messages of our own. */
  readonly client?: string;
  /** What it asks of TLS. */
  readonly tlsAsked?: TlsAsked;
  readonly results: readonly KeptResult[];
  /** Hosts that did not take it, in the order in which they were tried. */
  readonly hosts?: readonly KeptHost[];
  readonly hostsLeftOut?: number;
  /** The policy by which hosts were chosen; absent if no host came into question. */
  readonly policy?: KeptPolicy;
  /** What the DNS said of the last host: `MX signed; address signed; TLSA signed, 1 of 1 usable`. */
  readonly dns?: string;
  /** When it is tried again; epoch ms. */
  readonly nextAt?: number;
  /** This is no attempt: the message was moved to that queue, or from it. */
  readonly moved?: { readonly to: string } | { readonly from: string };
}

/** What an attempt came to for a recipient. */
export type RecipientState = 'delivered' | 'deferred' | 'bounced' | 'expired' | 'held';

/** What became of recipients that fared alike. */
export interface KeptResult {
  readonly state: RecipientState;
  readonly dsn: string;
  /** The text between the parentheses of the log line. */
  readonly reason: string;
  /** Of the session that decided, `mx.example[192.0.2.1]:25`; absent if there was none. */
  readonly relay?: string;
  /** Addresses, as far as there is room for them. */
  readonly to: readonly string[];
  /** Recipients without room. */
  readonly toLeftOut?: number;
  /** `Verified 3 1 1`: Postfix's word for what was proved about the host, and the record that proved it; absent in clear. */
  readonly tls?: string;
}

export interface KeptHost {
  /** When it was over; epoch ms. */
  readonly at: number;
  /** `mx.example[192.0.2.1]:25` */
  readonly host: string;
  /** At which step it ended: `policy`, `connect`, `certificate`, `mail` … */
  readonly step: string;
  readonly dsn: string;
  readonly reason: string;
}

export interface KeptPolicy {
  /** As the operator asks for it. */
  readonly level: string;
  /** What says so: `tls.level`, `FILE line 3, .example.org`. */
  readonly rule: string;
  /** The setting that names the next hop: `relayhost`, `transport_maps`; absent for the domain of the recipient. */
  readonly via?: string;
}

/** The evidence of a failed attempt; of a message at a destination, the last one is kept. */
export interface KeptFailure {
  /** Epoch ms. */
  readonly at: number;
  /** Answers of the DNS as danecheck prints them, in the order in which they were asked for. */
  readonly dns: readonly string[];
  readonly dnsLeftOut?: number;
  /** What hosts showed whose certificate was refused. */
  readonly certificates: readonly KeptCertificate[];
  /** The last session that failed, a line for each thing that was said: no content, no secrets. */
  readonly session?: readonly string[];
}

/** A certificate that did not fit, beside what was published. */
export interface KeptCertificate extends ShownCertificate {
  /** `mx.example[192.0.2.1]:25` */
  readonly host: string;
  /** Usable TLSA records, `3 1 1 HEX`; empty where policy asks others. */
  readonly published: readonly string[];
}

/** What is kept with an outcome, and how much of it there may be. */
export interface Kept {
  readonly limits: KeptLimits;
  readonly attempt: KeptAttempt;
  readonly failure?: KeptFailure;
}

/** How much is kept. */
export interface KeptLimits {
  readonly keptMs: number;
  /** Octets of all attempts together, and again of all evidence. */
  readonly octets: number;
}
