import { parseMailbox, printMailbox } from '../mail/address.ts';

/** Somebody who wants the reports of a domain (RFC 8460 §3). */
export type ReportAddress =
  | { readonly kind: 'mailto'; readonly mailbox: string }
  | { readonly kind: 'https'; readonly url: string };

/** What a domain says of reports: to whom they go, or why there are none. */
export type ReportWish =
  | { readonly kind: 'wanted'; readonly addresses: readonly ReportAddress[] }
  | { readonly kind: 'none'; readonly reason: NoReports };

export type NoReports = 'no record' | 'several records' | 'no address that can be used';

/** Where the record of a domain is. */
export function reportRecordName(domain: string): string {
  return `_smtp._tls.${domain}`;
}

/** A record may name a victim many times. */
const MOST_ADDRESSES = 5;
const LONGEST_URI = 1_000;
/** A TXT record can have 64 KiB; one that is longer than this has no address that would be used. */
const LONGEST_RECORD = 8_000;

const version = 'v=TLSRPTv1';

/** A stranger has chosen it: no other service of any host is to be reached through us. Only a laboratory has others. */
export type PortRule = 'port 443' | 'any port';

/** Reads the TXT records at the name of a domain, each with its character-strings joined. */
export function readReportRecords(texts: readonly string[], ports: PortRule = 'port 443'): ReportWish {
  // RFC 8460 §3: others are ignored, and exactly one must be left.
  const records = texts.map(fieldsOf).filter((fields) => fields !== undefined);
  const [fields] = records;
  if (fields === undefined) return { kind: 'none', reason: 'no record' };
  if (records.length > 1) return { kind: 'none', reason: 'several records' };
  const rua = fields.find((field) => /^rua[ \t]*=/.test(field)) ?? '';
  const all = rua
    .slice(rua.indexOf('=') + 1)
    .split(',')
    .map((uri) => readReportUri(uri.trim(), ports))
    .filter((address) => address !== undefined);
  // One that is there twice gets one report.
  const different = [...new Map(all.map((address) => [addressText(address), address])).values()];
  const addresses = different.slice(0, MOST_ADDRESSES);
  if (addresses.length === 0) return { kind: 'none', reason: 'no address that can be used' };
  return { kind: 'wanted', addresses };
}

/** The fields behind the version; undefined if it is the record of something else. */
function fieldsOf(text: string): readonly string[] | undefined {
  if (!text.startsWith(version)) return undefined;
  const [blank = '', ...fields] = text.slice(version.length, LONGEST_RECORD).split(';');
  if (fields.length === 0 || blank.trim() !== '') return undefined;
  return fields.map((field) => field.trim());
}

/** Undefined if it is no address to which a report may go. */
export function readReportUri(uri: string, ports: PortRule = 'port 443'): ReportAddress | undefined {
  if (uri.length > LONGEST_URI || !/^[!-~]+$/.test(uri)) return undefined;
  if (/^mailto:/i.test(uri)) return readMailto(uri.slice('mailto:'.length));
  return /^https:/i.test(uri) ? readHttps(uri, ports) : undefined;
}

/** RFC 6068 §2: one address; what comes behind `?` would be header fields of a stranger. */
function readMailto(text: string): ReportAddress | undefined {
  const [escaped = ''] = text.split('?', 1);
  const decoded = decodePercent(escaped);
  // Control characters would be lines of the header or of the dialogue.
  if (decoded === undefined || !/^[ -~]+$/.test(decoded)) return undefined;
  const mailbox = parseMailbox(decoded);
  // An address literal is no domain that wants mail.
  return mailbox === undefined || mailbox.domain.startsWith('[')
    ? undefined
    : { kind: 'mailto', mailbox: printMailbox(mailbox) };
}

/** RFC 8460 §3: `,`, `!` and `;` are written with their numbers in a record, and are themselves in the URL. */
function readHttps(text: string, ports: PortRule): ReportAddress | undefined {
  const plain = text.replaceAll(/%(?:2C|21|3B)/gi, (escape) => decodeURIComponent(escape));
  let url: URL;
  try {
    url = new URL(plain);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  if (url.port !== '' && ports === 'port 443') return undefined;
  url.hash = '';
  return { kind: 'https', url: url.href };
}

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** As it is shown, and told apart from others. */
export function addressText(address: ReportAddress): string {
  return address.kind === 'mailto' ? `mailto:${address.mailbox}` : address.url;
}
