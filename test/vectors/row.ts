import type { HostOutcome, JudgeOutcome, RouteInput } from './adapter.ts';

/** A file of vectors as it is written; `vectors.schema.json` is its grammar and README.md its explanation. */
export interface VectorFile {
  readonly theme: string;
  readonly input?: Partial<RowInput>;
  readonly expect?: Expectation;
  readonly rows: readonly WrittenRow[];
}

interface WrittenRow extends RowFacts {
  readonly input?: Partial<RowInput>;
  readonly expect: Expectation;
}

interface RowFacts {
  readonly id: string;
  readonly title: string;
  /** RFC sections that the row proves. */
  readonly requirement: readonly string[];
  /** Project and finding, in a few words. */
  readonly regression?: readonly string[];
  /** Why Postfix does otherwise and we do not. */
  readonly differsFromPostfix?: string;
}

/** One row of the decision table with the defaults of its file filled in. */
export interface Row extends RowFacts {
  readonly theme: string;
  readonly input: RowInput;
  readonly expect: Expectation;
}

export interface RowInput extends Omit<RouteInput, 'ask' | 'policyMap' | 'resolverAddress'> {
  /** By `name TYPE`; null takes an entry of the file away. */
  readonly dns: Readonly<Record<string, DnsEntry | null>>;
  /** Signed records at `_25._tcp.mx.example.test`. */
  readonly tlsa?: readonly string[];
  readonly resolver: ResolverTraits;
  readonly policyMap: readonly string[];
  /** Names of recipes, or `hex …`: what every host sends. */
  readonly chain?: readonly string[];
  /** The same for one host. */
  readonly chains?: Readonly<Record<string, readonly string[]>>;
  /** ISO 8601. */
  readonly now: string;
}

export type DnsEntry =
  | { readonly records: readonly string[]; readonly secure: boolean }
  | { readonly alias: string; readonly secure: boolean }
  | { readonly absent: 'NODATA' | 'NXDOMAIN'; readonly secure: boolean }
  | { readonly fail: DnsFailure }
  | { readonly odd: DnsOddity };

/** NOERROR without AD, and neither the records asked for nor a denial of them. */
export type DnsOddity =
  | 'signatures alone'
  | 'records of another name'
  | 'denial by another zone'
  | 'bogus denial'
  | 'referral'
  | 'nothing';

export type DnsFailure =
  | 'SERVFAIL'
  | 'REFUSED'
  | 'FORMERR'
  | 'NOTIMP'
  | 'timeout'
  | 'unreachable'
  | 'malformed'
  | 'truncated';

export interface ResolverTraits {
  readonly address?: string;
  /** False: AD is never set, not even for the root. */
  readonly validating?: boolean;
  /** The question from which on AD is no longer set. */
  readonly adLostAt?: string;
  /** Replies end at the first alias. */
  readonly aliasOnly?: boolean;
}

export interface Expectation {
  readonly hosts?: readonly ExpectedHost[];
  readonly trouble?: { readonly outcome: string; readonly dsn: string; readonly reason?: string };
  readonly wait?: true;
  /** Of the only host. */
  readonly judge?: JudgeOutcome;
  /** All of them and no other. */
  readonly asked?: readonly string[];
  /** Exact questions, or `* TYPE`. */
  readonly notAsked?: readonly string[];
  /** Hosts each of which comes first when the route is found often enough, and no other. */
  readonly firsts?: readonly string[];
}

/** What is left out is not compared. */
export interface ExpectedHost {
  readonly host: string;
  readonly address?: string;
  readonly connect?: false;
  readonly level?: Extract<HostOutcome, { connect: true }>['level'];
  readonly cleartext?: boolean;
  /** Null: none is sent. */
  readonly sni?: string | null;
  readonly names?: readonly string[];
  /** The usable records. */
  readonly tlsa?: readonly string[];
  readonly dsn?: string;
  readonly reason?: string;
  readonly judge?: JudgeOutcome;
}
