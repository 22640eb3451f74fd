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
const digests = ['0dbcf055...bf1a4b', '9a22e0c7...d139f1', '51e9a0c2...2f7d0c'];

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
  replace(/(dane-relay\/\w+)\[\d+\]/g, '$1[812]');
  replace(/delay=[\d.]+, delays=[\d./]+/g, 'delay=0.3, delays=0.1/0.1/0.1/0');
  replace(/\b\d+[smhd] old\b/g, '12m old');
  replace(/next try in \d+[smhd]\b/g, 'next try in 4m');
  replace(/\b4\d\d bytes\b/g, '450 bytes');
  replace(/message size \d+ exceeds/g, 'message size 4718592 exceeds');
  replace(/size limit 100 of/g, 'size limit 1048576 of');
  replace(/(?:\d{4}-\d\d-\d\d )?\b\d\d:\d\d UTC/g, '15:42 UTC');
  replace(/\d{4}-\d\d-\d\d/g, '2026-11-29');
  const seen = new Map<string, string>();
  replace(/\b[0-9a-f]{64}\b/g, '\u0000$&\u0000');
  plain = plain.replace(/\u0000([0-9a-f]{64})\u0000/g, (_, hex: string) => {
    const known = seen.get(hex) ?? digests[seen.size] ?? hex;
    seen.set(hex, known);
    return known;
  });
  return plain.trimEnd();
}
