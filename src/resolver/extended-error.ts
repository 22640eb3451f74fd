import { asciiLine } from '../core/dns/ascii-line.ts';

/** RFC 8914 §5.2, by INFO-CODE. */
const meanings = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
];

const extendedDnsErrorCode = 15;
const maxTexts = 3;
const maxTextLength = 200;

/** Extended errors that a resolver adds to its answer (RFC 8914). */
export interface ExtendedErrors {
  /** All INFO-CODEs. */
  readonly codes: ReadonlySet<number>;
  /** The first three, printable, for people. */
  readonly texts: readonly string[];
}

/** The extended DNS errors in the RDATA of an OPT record; broken options end the list. */
export function extendedErrors(optRdata: Buffer): ExtendedErrors {
  const codes = new Set<number>();
  const texts: string[] = [];
  let at = 0;
  while (at + 4 <= optRdata.length) {
    const code = optRdata.readUInt16BE(at);
    const end = at + 4 + optRdata.readUInt16BE(at + 2);
    if (end > optRdata.length) break;
    if (code === extendedDnsErrorCode && end >= at + 6) {
      codes.add(optRdata.readUInt16BE(at + 4));
      if (texts.length < maxTexts) texts.push(describe(optRdata.subarray(at + 4, end)));
    }
    at = end;
  }
  return { codes, texts };
}

/**
 * RFC 8914 §4.5 to §4.13, §4.16 to §4.19: the answer is forged, could not be validated, or was replaced by policy. RFC
 * 4035 §5.5 tells a validating resolver to answer SERVFAIL then. A resolver that lets such an answer pass still marks
 * it with these codes.
 */
const disowned: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18]);

/** Also: no server of the zone was asked just now, so none said that there are no records. */
const hearsay: ReadonlySet<number> = new Set([13, 14, 19, 20, 21, 22, 23, 24]);

/** Whether the resolver marks an answer, or a denial, as unreliable. */
export function isDisowned({ codes }: ExtendedErrors, what: 'records' | 'denial'): boolean {
  for (const code of codes) {
    if (disowned.has(code) || (what === 'denial' && hearsay.has(code))) return true;
  }
  return false;
}

/** RFC 8914 §2: INFO-CODE and EXTRA-TEXT. Some servers end the text with a NUL. */
function describe(option: Buffer): string {
  const infoCode = option.readUInt16BE(0);
  const meaning = meanings[infoCode] ?? `extended error ${infoCode}`;
  const extra = asciiLine(option.toString('utf8', 2).replace(/\0$/, ''), maxTextLength);
  return extra === '' ? meaning : `${meaning} (${extra})`;
}
