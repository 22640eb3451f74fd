import { printable } from '../core/dns/printable.ts';

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
const maxErrors = 3;
const maxTextLength = 200;

/** The extended DNS errors in the RDATA of an OPT record as text, at most three; broken options end the list. */
export function extendedErrors(optRdata: Buffer): string[] {
  const errors: string[] = [];
  let at = 0;
  while (at + 4 <= optRdata.length && errors.length < maxErrors) {
    const code = optRdata.readUInt16BE(at);
    const end = at + 4 + optRdata.readUInt16BE(at + 2);
    if (end > optRdata.length) break;
    if (code === extendedDnsErrorCode && end >= at + 6) errors.push(describe(optRdata.subarray(at + 4, end)));
    at = end;
  }
  return errors;
}

/** RFC 8914 §2: INFO-CODE, then EXTRA-TEXT, which some servers end with a NUL. */
function describe(option: Buffer): string {
  const infoCode = option.readUInt16BE(0);
  const meaning = meanings[infoCode] ?? `extended error ${infoCode}`;
  const extra = printable(option.toString('utf8', 2).replace(/\0$/, ''), maxTextLength);
  return extra === '' ? meaning : `${meaning} (${extra})`;
}
