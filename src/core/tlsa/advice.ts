import { parseCertificate } from '../dane/certificate.ts';
import { parametersText } from '../dane/make-record.ts';
import { shownName } from '../dane/names.ts';
import { soundKey } from '../dane/strength.ts';
import { matchings, selectors, usages } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { RecordFor } from './record-for.ts';
import { subjectOf, type Shown } from './shown.ts';

/** What a record is to be judged by, besides itself. */
export interface AdviceFacts {
  readonly shown: Shown;
  /** The name of the mail host; absent if it is not known. */
  readonly host?: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Records that will be published beside it. */
  readonly beside?: readonly RecordFor[];
}

/** What speaks against a record, a sentence each; empty for a good one. */
export function adviceOn(made: RecordFor, facts: AdviceFacts): readonly string[] {
  const text = parametersText(made.record);
  return [
    ...uselessness(made),
    ...weakness(made, facts),
    ...burdens(made, facts),
    ...conditions(made, facts),
  ].map((sentence) => `${text}: ${sentence}`);
}

function uselessness({ record: { usage } }: RecordFor): readonly string[] {
  return usage < usages.daneTa
    ? [
        `mail servers ignore records of usage ${usage} (RFC 7672 section 3.1.3); if all records are of that kind, the host is ` +
          'not authenticated. Publish 3 1 1 instead.',
      ]
    : [];
}

/** OpenSSL and this relay refuse keys that prove nothing, whoever names them. */
function weakness({ record, depth }: RecordFor, { shown }: AdviceFacts): readonly string[] {
  const key = record.usage === usages.daneEe && depth === 0 ? shown.own.publicKey : undefined;
  return key !== undefined && soundKey(key) === undefined
    ? ['the key is too weak, or of a kind that senders refuse: make a new one (RSA of 2048 bits, or P-256).']
    : [];
}

function burdens({ record }: RecordFor, { beside = [] }: AdviceFacts): readonly string[] {
  const { usage, selector, matching, data } = record;
  const whole = selector === selectors.certificate ? 'certificate' : 'key';
  return [
    ...(matching === matchings.full && usage === usages.daneEe
      ? [`the whole ${whole} is in the DNS (${data.length} octets), which ${usage} ${selector} 1 says in 32.`]
      : []),
    ...(matching === matchings.full && usage !== usages.daneEe
      ? [`the whole ${whole} is in the DNS (${data.length} octets); such answers do not pass every network.`]
      : []),
    ...(matching === matchings.sha512 && !beside.some((other) => isSha256Of(other.record, record))
      ? ['not every sender knows SHA2-512 (RFC 6698 section 6): publish the same with SHA2-256 as well.']
      : []),
    ...(usage === usages.daneEe && selector === selectors.certificate
      ? [
          'it changes with each renewal of the certificate, even if the key stays: 3 1 1 stays true as long as the key.',
        ]
      : []),
  ];
}

/** Usage 2 asks for more than a key that matches (RFC 7671 §5.2, RFC 7672 §3.1.2). */
function conditions(
  { record, certificate }: RecordFor,
  { shown, host, nowMs }: AdviceFacts,
): readonly string[] {
  if (record.usage !== usages.daneTa) return [];
  const leaf = shown.chain[0] && parseCertificate(shown.chain[0]);
  const anchor = certificate && parseCertificate(certificate);
  const isChain = shown.chain.length > 1;
  return [
    ...(isChain && leaf !== undefined && host !== undefined && shownName(leaf, [host]) === undefined
      ? [`the certificate does not show the name ${host}, which usage 2 asks for (RFC 7672 section 3.2.2).`]
      : []),
    ...(isChain && leaf !== undefined && leaf.notAfter < nowMs
      ? ['the certificate has expired, and usage 2 asks for one that has not.']
      : []),
    ...(anchor !== undefined && !anchor.selfIssued
      ? [
          `${subjectOf(anchor.der)} is no root but an authority below one, which its owner may replace at the next renewal ` +
            'without a word: publish records of all that may issue for you, or 3 1 1.',
        ]
      : []),
  ];
}

function isSha256Of(one: TlsaRecord, { usage, selector }: TlsaRecord): boolean {
  return one.usage === usage && one.selector === selector && one.matching === matchings.sha256;
}
