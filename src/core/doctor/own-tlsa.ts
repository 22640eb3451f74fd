import { few } from './quantities.ts';
import { tellerOf, type Finding } from './finding.ts';

/** TLSA records of a name and port at which we listen, held against the certificate there. */
export interface OwnTlsaFacts {
  /** `_587._tcp.relay.example.org` */
  readonly owner: string;
  readonly address: string;
  readonly lookup:
    | { readonly kind: 'none' }
    | { readonly kind: 'failed'; readonly why: string }
    | {
        readonly kind: 'found';
        readonly isSecure: boolean;
        /** As a zone has them. */
        readonly records: readonly string[];
        /** Those that count. */
        readonly usable: number;
      };
  /** Undefined without a certificate to hold them against. */
  readonly verdict?: { readonly isMatch: boolean; readonly what: string };
  /** The record of the certificate there, as a zone has it. */
  readonly recommended?: string;
}

const { ok, warn, fail, skip } = tellerOf('tlsa');

export function judgeOwnTlsa(listeners: readonly OwnTlsaFacts[]): readonly Finding[] {
  if (listeners.length === 0)
    return [skip('tlsa-no-listener', 'no listener has TLS at a TCP port: there is nothing to publish')];
  return listeners.map(judge);
}

function judge({ owner, address, lookup, verdict, recommended }: OwnTlsaFacts): Finding {
  const publish =
    recommended === undefined
      ? 'dane-relay tlsa prints the record to publish'
      : `publish: ${owner}. IN TLSA ${recommended}`;
  if (lookup.kind === 'failed')
    return warn(
      'tlsa-unknown',
      `TLSA of ${owner} could not be looked up: ${lookup.why}`,
      'dane-relay doctor --only resolver',
    );
  if (lookup.kind === 'none')
    return ok('tlsa-none', `${owner} has no TLSA records: clients that look for them are content with that`);
  const { isSecure, records, usable } = lookup;
  const list = few(records, 3);
  if (verdict === undefined)
    return skip(
      'tlsa-not-judged',
      `${owner} has TLSA records (${list}), and there is no certificate to hold them against`,
    );
  if (usable === 0)
    return warn('tlsa-unusable', `none of the TLSA records of ${owner} is of use for SMTP: ${list}`, publish);
  if (!verdict.isMatch)
    return {
      ...(isSecure ? fail : warn)(
        'tlsa-mismatch',
        `the TLSA records of ${owner} do not match the certificate at ${address} (${verdict.what}): ${list}`,
        `${publish}; then remove the one that does not match`,
      ),
      effect: isSecure
        ? 'clients that do DANE send nothing there'
        : 'the records are not signed, so nobody counts on them',
    };
  if (!isSecure)
    return warn(
      'tlsa-unsigned',
      `the TLSA records of ${owner} match, but they are not signed: nobody counts on them`,
      'sign the zone with DNSSEC',
    );
  return ok('tlsa-matches', `TLSA records of ${owner} match the certificate at ${address} (${verdict.what})`);
}
