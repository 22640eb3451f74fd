/** The result types of RFC 8460 §4.3, as registered with IANA. */
export const resultTypes = [
  'starttls-not-supported',
  'certificate-host-mismatch',
  'certificate-expired',
  'certificate-not-trusted',
  'validation-failure',
  'tlsa-invalid',
  'dnssec-invalid',
  'dane-required',
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
] as const;
export type ResultType = (typeof resultTypes)[number];

export const policyTypes = ['tlsa', 'sts', 'no-policy-found'] as const;
export type PolicyType = (typeof policyTypes)[number];

/** A policy that sessions were judged by, as a report shows it (RFC 8460 §4.2). */
export interface ReportedPolicy {
  readonly type: PolicyType;
  /** Of the TLSA records: their base domain; otherwise that of the recipients. In A-labels. */
  readonly domain: string;
  /** The lines of the policy, or the TLSA records, as they are published. */
  readonly strings: readonly string[];
  /** The patterns of an STS policy; otherwise none. */
  readonly mxHosts: readonly string[];
}

/** One thing that went wrong. */
export interface SessionFault {
  readonly type: ResultType;
  /** A short word without blanks. Never what a host says. */
  readonly reason?: string;
  /** As the MX record lists it. */
  readonly mxHost?: string;
  /** Absent where there was no session. */
  readonly receivingAddress?: string;
  /** Of this relay, as the world sees it. */
  readonly sendingAddress?: string;
}

/** What one session, or one attempt that came to none, says of one policy. */
export interface SessionResult {
  readonly policy: ReportedPolicy;
  /** None: the policy was complied with. */
  readonly faults: readonly SessionFault[];
  /** No session has a part in it: it counts once for an attempt. */
  readonly once?: true;
}
