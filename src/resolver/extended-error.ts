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

/** What a resolver says of its own answer (RFC 8914). */
export interface ExtendedErrors {
  /** INFO-CODEs, all of them. */
  readonly codes: ReadonlySet<number>;
  /** For people: the first three, printable. */
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
 * RFC 8914 §4.5 to §4.13, §4.16 to §4.19: the answer is forged, could not be validated, or is somebody's wish. RFC 4035
 * §5.5 has a validating resolver answer SERVFAIL then; one that lets such an answer pass says all the same what it is.
 */
const disowned: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18]);

/** Besides: nobody who knows the zone was asked just now, so nobody said that there are no records. */
const hearsay: ReadonlySet<number> = new Set([13, 14, 19, 20, 21, 22, 23, 24]);

/** Whether the resolver says of an answer, or of a denial, that it is not to be relied on. */
export function isDisowned({ codes }: ExtendedErrors, what: 'records' | 'denial'): boolean {
  for (const code of codes) {
    if (disowned.has(code) || (what === 'denial' && hearsay.has(code))) return true;
  }
  return false;
}

/** RFC 8914 §2: INFO-CODE, then EXTRA-TEXT, which some servers end with a NUL. */
function describe(option: Buffer): string {
  const infoCode = option.readUInt16BE(0);
  const meaning = meanings[infoCode] ?? `extended error ${infoCode}`;
  const extra = asciiLine(option.toString('utf8', 2).replace(/\0$/, ''), maxTextLength);
  return extra === '' ? meaning : `${meaning} (${extra})`;
}
