import type { ShownCertificate } from '../dane/shown-certificate.ts';
import type { LookupTrail } from '../dns/lookup-trail.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { KeptPolicy } from '../mail/kept.ts';
import type { Trouble } from '../mail/status.ts';
import type { SkippedHost } from '../tls-policy/host-policy.ts';
import type { SessionTls, SetupStep } from './session.ts';

/** Why a delivery went as it did, beside the status of each recipient. */
export interface DeliveryEvidence {
  /** In the order in which their turns ended. */
  readonly hosts: readonly TriedHost[];
  /** The lookups behind the route; absent where there was none. */
  readonly trail?: () => LookupTrail;
}

/** A host whose turn came, and how it ended. */
export interface TriedHost {
  /** `mx.example[192.0.2.1]:25` */
  readonly relay: string;
  /** Its name; it has a turn for each address. */
  readonly host: string;
  /** When it was over; epoch ms. */
  readonly at: number;
  readonly step: SetupStep | 'policy' | 'mail';
  /** What kept the mail, or some of its recipients, from it. */
  readonly status?: Trouble;
  /** What policy and the DNS said of it. */
  readonly known?: HostEvidence;
  readonly tls?: SessionTls;
  /** Why policy did not let it be connected to, and whose policy that is: the domain of the recipients. */
  readonly skipped?: { readonly policy: SkippedHost; readonly host: string; readonly domain?: string };
  /** The certificate that was refused, and the records that it was held against. */
  readonly refused?: { readonly shown: ShownCertificate; readonly published: readonly TlsaRecord[] };
}

/** What the settings and the DNS say of a host. */
export interface HostEvidence {
  readonly policy: KeptPolicy;
  /** `MX signed; address signed; TLSA signed, 1 of 1 usable` */
  readonly dns: string;
}
