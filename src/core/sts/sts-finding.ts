import type { StsMode, StsPolicy } from './sts-policy.ts';

/** A policy as it was fetched, and for how long it holds. Times are epoch milliseconds. */
export interface KnownPolicy {
  readonly policy: StsPolicy;
  /** The id that the TXT record had at the fetch. It is compared, never ordered. */
  readonly id: string;
  readonly fetchedAt: number;
  readonly expiresAt: number;
}

/** What RFC 8460 §4.3.2.2 calls the failure of a policy, and its reason in one word: `http-404`. */
export interface StsTrouble {
  readonly type: 'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid';
  /** Without blanks, for reports. */
  readonly code: string;
  /** For the log; one line, printable. */
  readonly detail: string;
  /** The lines that were served, where the policy is no policy. */
  readonly lines?: readonly string[];
}

/** The same for a report (RFC 8460 §4.4): whose policy it is, and what is known of it. */
export interface StsPolicyTrouble extends StsTrouble {
  readonly domain: string;
  /** Of the policy that stays in force, else of the one that was served. */
  readonly lines: readonly string[];
  readonly mx: readonly string[];
}

/** What was found out about the policy of a domain. */
export type StsFinding =
  | {
      readonly kind: 'found';
      /** The policy domain (RFC 8461 §3.4): the next hop, whichever it is. */
      readonly domain: string;
      /** The policy that applies; absent where there is none. */
      readonly known?: KnownPolicy;
      /** What is wrong, whether or not an older policy applies. */
      readonly trouble?: StsTrouble;
      /** Epoch milliseconds after which the DNS is asked again. */
      readonly until: number;
    }
  /** The relay cannot see what it has stored: nobody knows whether a policy applies, so no host is used. */
  | { readonly kind: 'failed'; readonly domain: string; readonly detail: string };

/** What the MTA-STS policy of the destination has to do with one host. Part of the `HostPolicy` of that host. */
export interface HostSts {
  readonly domain: string;
  /** As the MX record lists it; the name that its certificate must show (RFC 8461 §4.2). */
  readonly host: string;
  /** As it is applied here: the operator may have an `enforce` policy only tested. */
  readonly mode: Exclude<StsMode, 'none'>;
  readonly id: string;
  /** As served (RFC 8460 §4.4), and the patterns of its `mx` lines. */
  readonly lines: readonly string[];
  readonly mx: readonly string[];
  /** Whether a pattern names the host. If none does, it is used only under `testing`. */
  readonly listed: boolean;
}

/** What a session or a host came to under a policy; the words are those of RFC 8460 §4.3. */
export type StsResult =
  | { readonly kind: 'success' }
  | {
      readonly kind: 'failure';
      readonly type:
        | 'starttls-not-supported'
        | 'certificate-host-mismatch'
        | 'certificate-expired'
        | 'certificate-not-trusted'
        | 'validation-failure';
      /** Without blanks: `sts-mx-mismatch`, `self-signed`. */
      readonly code?: string;
    };

/** A policy that was evaluated for a session, or for a host that was therefore left alone, and its result. */
export interface StsEvaluated extends HostSts {
  readonly type: 'sts';
  readonly result: StsResult;
}
