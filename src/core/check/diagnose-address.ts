import { certificateWithKey, makeRecord, recommended } from '../dane/make-record.ts';
import { ownerOf, zoneLine } from '../dane/record-text.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { Trouble } from '../mail/status.ts';
import type { ShownAddress, ShownCertificate, ShownDiagnosis } from './report.ts';

/** What is needed to say why an address is not authenticated, and what to do. */
export interface Findings {
  /** The destination. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  readonly verdict: ShownAddress['verdict'];
  readonly tlsa: ShownAddress['tlsa'];
  readonly trouble?: Trouble;
  /** DER; what the server shows as its own. */
  readonly leaf?: Uint8Array;
  readonly certificate?: ShownCertificate;
  /** Whether the MX records, where there are any, are signed. */
  readonly signedMx: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

const dayMs = 86_400_000;
/** A certificate that is younger was probably renewed without its record. */
const RECENT_MS = 35 * dayMs;

/** Undefined where nothing is wrong. */
export function diagnoseAddress(findings: Findings): ShownDiagnosis | undefined {
  const { trouble, domain, verdict } = findings;
  if (trouble !== undefined && (verdict !== 'unprotected' || trouble.tlsFault !== undefined)) {
    const { kind, cause, advice } = diagnose(trouble, domain);
    const renewed = kind === 'TLSA mismatch' ? renewal(findings) : '';
    const others =
      verdict === 'unprotected' ? [] : advice.filter((one) => one !== `dane-relay check ${domain}`);
    return { kind, cause: `${cause}${renewed}`, advice: others, publish: publishFor(kind, findings) };
  }
  return verdict === 'unprotected' ? unprotected(findings) : undefined;
}

/** Why there is no host to ask. */
export function diagnoseDestination(trouble: Trouble, domain: string): ShownDiagnosis {
  const { kind, cause, advice } = diagnose(trouble, domain);
  const others = advice.filter((one) => one !== `dane-relay check ${domain}`);
  const compare = `ask another resolver (dane-relay check --resolver ADDRESS ${domain}); if it says the same, tell those who run the zone`;
  return { kind, cause, advice: kind === 'DNS failed' ? [...others, compare] : others, publish: [] };
}

function renewal({ certificate, now }: Findings): string {
  const since = certificate?.notBefore;
  if (since === undefined) return '';
  const age = now - Date.parse(since);
  if (age < 0 || age > RECENT_MS) return '';
  return ` The certificate is of ${since.slice(0, 10)}, so the key was probably renewed, and the record was not.`;
}

/** Other troubles are not mended by a record. */
function publishFor(kind: ShownDiagnosis['kind'], findings: Findings): readonly string[] {
  const helps =
    kind === 'TLSA mismatch' || kind === 'certificate refused' || kind === 'unusable TLSA records';
  return helps ? recordFor(findings) : [];
}

/** The recommended record (RFC 7672 §3.1.1) for what the host shows now. */
function recordFor({ tlsa, host, port, leaf }: Findings): readonly string[] {
  const record = leaf && makeRecord(recommended, certificateWithKey(leaf));
  if (record === undefined) return [];
  const base = tlsa.kind === 'records' ? tlsa.baseDomain : host;
  return [zoneLine({ owner: ownerOf(base, port), record })];
}

/** Why nothing authenticates the host (RFC 7672 §2.2, §3.1). */
function unprotected(findings: Findings): ShownDiagnosis {
  const { host, tlsa, domain, signedMx } = findings;
  const advice = signedMx ? [] : [`sign the zone that has the MX records of ${domain} with DNSSEC`];
  if (tlsa.kind === 'records') {
    if (tlsa.records.every(({ usable }) => !usable)) {
      const cause = `No TLSA record of ${host} can be used for SMTP (RFC 7672 §3.1).`;
      return { kind: 'unusable TLSA records', cause, advice, publish: recordFor(findings) };
    }
    const cause = `The MX records of ${domain} are not signed: somebody on the way can name another host.`;
    return { kind: 'unsigned', cause, advice, publish: [] };
  }
  const reason = tlsa.kind === 'none' ? tlsa.reason : 'no TLSA records';
  switch (reason) {
    case 'numeric host':
      return {
        kind: 'no TLSA records',
        cause: 'There are no TLSA records for an address, only for the name of a host.',
        advice: ['name the host in the MX records'],
        publish: [],
      };
    case 'address not signed':
    case 'alias not signed':
      return {
        kind: 'unsigned',
        cause: `The address records of ${host} are not signed, so its TLSA records would count for nothing.`,
        advice: [`sign the zone of ${host} with DNSSEC`, ...advice],
        publish: recordFor(findings),
      };
    case 'TLSA records not signed':
      return {
        kind: 'unsigned',
        cause: `The TLSA records of ${host} are not signed, so they count for nothing.`,
        advice: [`sign the zone that has them with DNSSEC`, ...advice],
        publish: [],
      };
    case 'no TLSA records':
      return {
        kind: 'no TLSA records',
        cause: `${host} has no TLSA records.`,
        advice,
        publish: recordFor(findings),
      };
  }
}
