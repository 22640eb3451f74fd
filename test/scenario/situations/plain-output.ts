/** What differs from run to run, in the form in which docs/operating.md shows it. */
export interface Varying {
  /** Queue ids of the mail of this situation, and of reports about it. */
  readonly ids: readonly string[];
  /** Of every mail host of the lab. */
  readonly port: number;
  /** `127.80.1.3:21053` */
  readonly resolvers: readonly string[];
  /** Files and directories of the test, and what they are called in the page. */
  readonly places: Readonly<Record<string, string>>;
}

const shownId = '4jX6Z215f0zwqHvm';
const otherId = '4jX6Z31bLfz4Vhm6B';
const digests = [
  '0dbcf055...bf1a4b',
  '9a22e0c7...d139f1',
  '51e9a0c2...2f7d0c',
  '77e1b8d4...c205aa',
  'e4103f9b...684e27',
  '2b6c81fa...90d3e5',
  'c8f47a16...1be98d',
];

/** Ids, addresses, ports, times, digests and process numbers become those of the page; everything else is left as it is. */
export function plainOutput(text: string, { ids, port, resolvers, places }: Varying): string {
  let plain = text;
  const replace = (from: string | RegExp, to: string) => (plain = plain.replaceAll(from, to));
  for (const [index, id] of ids.entries()) replace(id, index === 0 ? shownId : otherId);
  for (const [place, name] of Object.entries(places)) replace(place, name);
  for (const resolver of resolvers) replace(resolver, '127.0.0.1:53');
  replace(/127\.(?!0\.0\.1)\d+\.\d+\.\d+/g, '192.0.2.25');
  replace(new RegExp(`:${port}\\b`, 'g'), ':25');
  replace(`_${port}.`, '_25.');
  return plainWords(plain);
}

/** What differs from run to run whatever is played: times, sizes, process numbers and digests. */
export function plainWords(text: string): string {
  let plain = text;
  const replace = (from: string | RegExp, to: string) => (plain = plain.replaceAll(from, to));
  replace(/(dane-relay\/\w+)\[\d+\]/g, '$1[812]');
  replace(/delay=[\d.]+, delays=[\d./]+/g, 'delay=0.3, delays=0.1/0.1/0.1/0');
  replace(/\b\d+[smhd] old\b/g, '12m old');
  replace(/next try in \d+[smhd]\b/g, 'next try in 4m');
  replace(/\b4\d\d bytes\b/g, '450 bytes');
  replace(/message size \d+ exceeds/g, 'message size 4718592 exceeds');
  replace(/size limit 100 of/g, 'size limit 1048576 of');
  replace(/(?:\d{4}-\d\d-\d\d )?\b\d\d:\d\d UTC/g, '15:42 UTC');
  replace(/\b\d\d:\d\d:\d\d\b/g, '10:33:42');
  replace(/given up (?:[A-Z][a-z]{2} +\d+ )?10:33:42/g, 'given up Dec 4 10:33:42');
  replace(/(?<!given up )\b[A-Z][a-z]{2} +\d+ 10:33:42/g, '10:33:42');
  replace(/\(\d+ (?:s|min|h)\)/g, '(12 min)');
  replace(/the oldest for \d+ (?:s|min|h)/g, 'the oldest for 12 min');
  replace(/<[0-9a-f-]{36}@relay\.test>/g, '<63a82ee8@relay.test>');
  replace(/\b4\d\d octets/g, '450 octets');
  // What is left of it.
  replace(/TTL \d{1,4}\)/g, 'TTL 87)');
  replace(/next try 10:33:42/g, 'next try 10:38:42');
  // As the first command that failed says it.
  replace(/(no mail is taken: Redis is not reachable): \S+: Connection refused/g, '$1');
  replace(/asked next 10:33:42/g, 'asked next 10:34:42');
  replace(/^( {4})\d+\.\d{3} /gm, '$10.021 ');
  replace(/\bSIZE 100\b/g, 'SIZE 1048576');
  replace(
    /at a time, (?:now \d+|nothing under way now)(?:, \d+ under way)?/g,
    'at a time, nothing under way now',
  );
  replace(/\b\d+ % of 64 MiB/g, '96 % of 64 MiB');
  const today = new Date().toISOString().slice(0, 10);
  plain = plain.replaceAll(/\d{4}-\d\d-\d\d/g, (date) => (date > today ? '2027-02-26' : '2026-11-28'));
  // Of newer libraries of TLS: another group, and other words where no version is common.
  replace('key-exchange X25519MLKEM768', 'key-exchange X25519');
  replace(
    'error:0A00042E:SSL routines::tlsv1 alert protocol version',
    'error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported',
  );
  // Unbound tells the reason with its first answer only.
  replace(/ \(validation failure <[^>]*>: [^()]*\)/g, '');
  replace('DNSKEY Missing', 'DNSSEC Bogus');
  replace(/\b(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\b/g, 'AE:04:9F:..:D1:5E');
  const seen = new Map<string, string>();
  // The same digest is the same in the page.
  return plain
    .replaceAll(/\b(?:[0-9a-f]{64}|[0-9A-F]{64})\b/g, (hex) => {
      const small = hex.toLowerCase();
      const known = seen.get(small) ?? digests[seen.size] ?? small;
      seen.set(small, known);
      return hex === small ? known : known.toUpperCase();
    })
    .trimEnd();
}
