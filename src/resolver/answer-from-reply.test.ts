import { expect, test } from 'vitest';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { answerFromReply, startTrail } from './answer-from-reply.ts';
import type { DnsReply, ReplyRecord } from './reply.ts';
import { typeNumbers } from './reply.ts';

function rr(
  owner: string,
  type: RecordType | 'DNAME' | 'RRSIG',
  value: RecordOf[RecordType] | undefined,
  ttl = 300,
): ReplyRecord {
  return { owner, type: typeNumbers[type], ttl, value };
}

function reply(answers: readonly ReplyRecord[], rest: Partial<DnsReply> = {}): DnsReply {
  return {
    id: 1,
    isResponse: true,
    opcode: 0,
    truncated: false,
    authentic: true,
    rcode: rest.extendedRcode ?? 0,
    extendedRcode: 0,
    question: undefined,
    answers,
    authority: rest.denialSoa === undefined ? 'nothing' : 'SOA',
    denialSoa: undefined,
    extendedErrors: { codes: new Set(), texts: [] },
    ...rest,
  };
}

const name = 'a.example';
const ask = (heard: DnsReply, secure = true, type: RecordType = 'A'): unknown =>
  answerFromReply(startTrail(name), type, heard, secure);
const soa = { owner: 'example', ttl: 77 };
const says = (code: number, text: string) => ({ extendedErrors: { codes: new Set([code]), texts: [text] } });

test('answerFromReply(): records of the name, with the smallest TTL', () => {
  expect(ask(reply([rr(name, 'A', '192.0.2.1', 60), rr(name, 'A', '192.0.2.2', 50)]))).toEqual({
    kind: 'found',
    records: ['192.0.2.1', '192.0.2.2'],
    secure: true,
    name,
    aliases: [],
    ttl: 50,
  });
});

test('answerFromReply(): records of other names and types are not the answer', () => {
  const heard = reply([
    rr('b.example', 'A', '192.0.2.66'),
    rr(name, 'AAAA', '::1'),
    rr(name, 'A', '192.0.2.1'),
  ]);
  expect(ask(heard)).toMatchObject({ kind: 'found', records: ['192.0.2.1'] });
});

test('answerFromReply(): no AD, not secure', () => {
  expect(ask(reply([rr(name, 'A', '192.0.2.1')]), false)).toMatchObject({ kind: 'found', secure: false });
  expect(ask(reply([], { denialSoa: soa }), false)).toMatchObject({ kind: 'absent', secure: false });
});

/** As far as RFC 4034 §3.1 has it before the names. */
function rrsig(owner: string, covered: RecordType, originalTtl: number): ReplyRecord {
  const rdata = Buffer.alloc(18);
  rdata.writeUInt16BE(typeNumbers[covered], 0);
  rdata.writeUInt32BE(originalTtl, 4);
  return { ...rr(owner, 'RRSIG', undefined, 20), rdata };
}

test('answerFromReply(): the TTL that the zone has given comes from the signature (RFC 4034 §3.1.4)', () => {
  const heard = reply([
    rr(name, 'A', '192.0.2.1', 20),
    rrsig(name, 'A', 3600),
    rrsig(name, 'AAAA', 7200),
    rrsig('b.example', 'A', 9000),
    { ...rr(name, 'RRSIG', undefined), rdata: Buffer.alloc(7) },
  ]);
  expect(ask(heard)).toMatchObject({ ttl: 20, originalTtl: 3600 });
  expect(ask(heard, false)).not.toHaveProperty('originalTtl');
  expect(ask(reply([rr(name, 'A', '192.0.2.1', 20), rrsig(name, 'AAAA', 3600)]))).not.toHaveProperty(
    'originalTtl',
  );
});

test('answerFromReply(): a TTL of weeks is cut to a day', () => {
  expect(ask(reply([rr(name, 'A', '192.0.2.1', 3_000_000)]))).toMatchObject({ ttl: 86_400 });
});

/** The numbers of extended errors come along. */
function extendedOf({ extendedErrors: { codes } }: DnsReply): { readonly extended?: readonly number[] } {
  return codes.size === 0 ? {} : { extended: [...codes] };
}

test.each([
  ['in order', [rr(name, 'CNAME', 'b.example', 20), rr('b.example', 'CNAME', 'c.example', 30)]],
  ['in any order', [rr('b.example', 'CNAME', 'c.example', 20), rr(name, 'CNAME', 'b.example', 30)]],
])('answerFromReply(): follows CNAME %s', (_, aliases) => {
  expect(ask(reply([...aliases, rr('c.example', 'A', '192.0.2.1')]))).toEqual({
    kind: 'found',
    records: ['192.0.2.1'],
    secure: true,
    name: 'c.example',
    aliases: [name, 'b.example'],
    ttl: 20,
  });
});

test.each([
  ['with its CNAME', [rr('example', 'DNAME', 'example.net'), rr(name, 'CNAME', 'a.example.net', 5)], 5],
  ['without a CNAME', [rr('example', 'DNAME', 'example.net', 7)], 7],
])('answerFromReply(): follows DNAME %s', (_, aliases, ttl) => {
  expect(ask(reply([...aliases, rr('a.example.net', 'A', '192.0.2.1')]))).toMatchObject({
    kind: 'found',
    name: 'a.example.net',
    aliases: [name],
    ttl,
  });
});

test('answerFromReply(): a DNAME at the name itself is no alias of it (RFC 6672 §2.3)', () => {
  const heard = reply([rr(name, 'DNAME', 'example.net')], { denialSoa: soa });
  expect(ask(heard)).toMatchObject({ kind: 'failed', cause: 'malformed' });
});

test('answerFromReply(): CNAME can be asked for itself', () => {
  expect(ask(reply([rr(name, 'CNAME', 'b.example')]), true, 'CNAME')).toMatchObject({
    kind: 'found',
    records: ['b.example'],
    name,
  });
});

test.each([
  ['to itself', [rr(name, 'CNAME', name)], 'lead back to a.example'],
  [
    'round in a circle',
    [rr(name, 'CNAME', 'b.example'), rr('b.example', 'CNAME', name)],
    'lead back to a.example',
  ],
  [
    'longer than sixteen',
    Array.from({ length: 17 }, (_, at) =>
      rr(at === 0 ? name : `n${at}.example`, 'CNAME', `n${at + 1}.example`),
    ),
    'more than 16 aliases for a.example',
  ],
])('answerFromReply(): aliases %s are a loop', (_, aliases, detail) => {
  expect(ask(reply(aliases))).toEqual({
    kind: 'failed',
    cause: 'loop',
    detail: expect.stringContaining(detail),
  });
});

test.each([12, 16])('answerFromReply(): %i aliases are not', (length) => {
  const aliases = Array.from({ length }, (_, at) =>
    rr(at === 0 ? name : `n${at}.example`, 'CNAME', `n${at + 1}.example`),
  );
  expect(ask(reply([...aliases, rr(`n${length}.example`, 'A', '192.0.2.1')]))).toMatchObject({
    kind: 'found',
  });
});

test('answerFromReply(): an alias without its target asks again, and AD is the AND of all (RFC 7672 §2.1.3)', () => {
  const trail = answerFromReply(startTrail(name), 'A', reply([rr(name, 'CNAME', 'b.example', 40)]), false);
  expect(trail).toEqual({ kind: 'trail', name: 'b.example', aliases: [name], secure: false, ttl: 40 });
  if (trail.kind !== 'trail') throw new Error('no trail');
  expect(answerFromReply(trail, 'A', reply([rr('b.example', 'A', '192.0.2.1')]), true)).toMatchObject({
    kind: 'found',
    secure: false,
    aliases: [name],
    ttl: 40,
  });
});

test('answerFromReply(): sixteen aliases is the limit over all replies', () => {
  let trail = startTrail(name);
  for (let at = 1; at <= 16; at++) {
    const next = answerFromReply(trail, 'A', reply([rr(trail.name, 'CNAME', `n${at}.example`)]), true);
    if (next.kind !== 'trail') throw new Error(`ended at ${at}`);
    trail = next;
  }
  const last = answerFromReply(trail, 'A', reply([rr(trail.name, 'CNAME', 'n17.example')]), true);
  expect(last).toMatchObject({ kind: 'failed', cause: 'loop' });
});

test.each([
  ['NODATA', reply([], { denialSoa: soa }), { denial: 'NODATA', name, ttl: 77 }],
  ['NXDOMAIN without SOA is not kept', reply([], { extendedRcode: 3 }), { denial: 'NXDOMAIN', ttl: 0 }],
  [
    'NXDOMAIN with name servers alone (RFC 2308 §2.1, type 4)',
    reply([], { extendedRcode: 3, authority: 'delegation' }),
    { denial: 'NXDOMAIN' },
  ],
  ['NODATA by the root', reply([], { denialSoa: { owner: '.', ttl: 5 } }), { denial: 'NODATA', ttl: 5 }],
  [
    'NODATA of an alias with its signature',
    reply([rr(name, 'CNAME', 'b.example', 9), rr(name, 'RRSIG', undefined)], { denialSoa: soa }),
    { denial: 'NODATA', name: 'b.example' },
  ],
  [
    'NODATA behind a DNAME without its CNAME',
    reply([rr('example', 'DNAME', 'example.net'), rr('example', 'RRSIG', undefined)], {
      denialSoa: { owner: 'example.net', ttl: 3 },
    }),
    { denial: 'NODATA', name: 'a.example.net' },
  ],
  [
    'NODATA, whatever the resolver adds of algorithms it does not know',
    reply([], { denialSoa: soa, ...says(1, 'Unsupported DNSKEY Algorithm') }),
    { denial: 'NODATA' },
  ],
  ['NXDOMAIN', reply([], { extendedRcode: 3, denialSoa: soa }), { denial: 'NXDOMAIN', ttl: 77 }],
  [
    'NODATA of an alias',
    reply([rr(name, 'CNAME', 'b.example', 9)], { denialSoa: soa }),
    { denial: 'NODATA', name: 'b.example', aliases: [name], ttl: 9 },
  ],
  [
    'NXDOMAIN of an alias',
    reply([rr(name, 'CNAME', 'b.example')], { extendedRcode: 3 }),
    { denial: 'NXDOMAIN', name: 'b.example' },
  ],
])('answerFromReply(): %s', (_, heard, expected) => {
  expect(ask(heard)).toMatchObject({ kind: 'absent', secure: true, ...expected });
});

test('answerFromReply(): a denial for the zone of the alias does not speak for its target', () => {
  const heard = reply([rr(name, 'CNAME', 'b.example.net')], { denialSoa: soa });
  expect(ask(heard)).toMatchObject({ kind: 'trail', name: 'b.example.net' });
});

test.each(['A', 'AAAA', 'MX'] as const)(
  'answerFromReply(): nothing at all is a denial of %s that nobody vouches for (RFC 2308 §2.2, type 3)',
  (type) => {
    const expected = { kind: 'absent', denial: 'empty', secure: false, ttl: 0 };
    expect(ask(reply([]), false, type)).toMatchObject(expected);
    expect(ask(reply([]), true, type)).toMatchObject(expected);
  },
);

test.each(['TLSA', 'CNAME', 'NS', 'SOA'] as const)('answerFromReply(): but of %s', (type) => {
  expect(ask(reply([]), true, type)).toMatchObject({ kind: 'failed', cause: 'malformed' });
});

test('answerFromReply(): nothing at all behind an alias is to be asked for itself', () => {
  expect(ask(reply([rr(name, 'CNAME', 'b.example')]))).toMatchObject({ kind: 'trail', name: 'b.example' });
});

test.each([
  ['nothing at all of TLSA records', reply([]), 'no records and no denial'],
  ['only a signature', reply([rr(name, 'RRSIG', undefined)]), 'records of something else'],
  [
    'a signature beside a denial',
    reply([rr(name, 'RRSIG', undefined)], { denialSoa: soa }),
    'records of something else',
  ],
  [
    'the signature of records behind an alias',
    reply([rr(name, 'CNAME', 'b.example'), rr('b.example', 'RRSIG', undefined)], { denialSoa: soa }),
    'records of something else',
  ],
  ['records of another name', reply([rr('b.example', 'TLSA', undefined)]), 'records of something else'],
  [
    'records of another name, and a denial',
    reply([rr('b.example', 'TLSA', undefined)], { denialSoa: soa }),
    'records of something else',
  ],
  ['records of another type', reply([rr(name, 'A', '192.0.2.1')]), 'records of something else'],
  ['an alias of another name', reply([rr('b.example', 'CNAME', 'c.example')]), 'records of something else'],
  [
    'records of another name, and NXDOMAIN',
    reply([rr('b.example', 'A', '192.0.2.1')], { extendedRcode: 3 }),
    'records of something else',
  ],
  [
    'a denial by another zone',
    reply([], { denialSoa: { owner: 'example.net', ttl: 7 } }),
    'a denial by another zone, example.net',
  ],
  [
    'NXDOMAIN by another zone',
    reply([], { extendedRcode: 3, denialSoa: { owner: 'b.a.example', ttl: 7 } }),
    'a denial by another zone, b.a.example',
  ],
  ['an SOA record that cannot be read', reply([], { authority: 'SOA' }), 'a denial by another zone'],
  ['a referral', reply([], { authority: 'delegation' }), 'recursion'],
  ['signatures and no SOA record', reply([], { authority: 'other' }), 'neither records nor a denial'],
  ...[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24].map(
    (code): [string, DnsReply, string] => [
      `a denial with extended error ${code}`,
      reply([], { denialSoa: soa, ...says(code, 'why') }),
      'an answer that the resolver disowns: why',
    ],
  ),
  [
    'NXDOMAIN that is a block',
    reply([], { extendedRcode: 3, ...says(15, 'Blocked') }),
    'an answer that the resolver disowns: Blocked',
  ],
  [
    'bogus records',
    reply(
      [rr(name, 'TLSA', { usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) })],
      says(6, 'Bogus'),
    ),
    'an answer that the resolver disowns: Bogus',
  ],
])('answerFromReply(): %s is failed, never absent', (_, heard, detail) => {
  for (const secure of [true, false]) {
    expect(ask(heard, secure, 'TLSA')).toEqual({
      kind: 'failed',
      cause: 'malformed',
      detail: expect.stringContaining(detail),
      ...extendedOf(heard),
    });
  }
});

test('answerFromReply(): thousands of signatures and aliases beside a denial cost one look each', () => {
  let looks = 0;
  const counted = (record: ReplyRecord): ReplyRecord => ({
    ...record,
    get owner() {
      looks += 1;
      return record.owner;
    },
  });
  const records = [
    ...Array.from({ length: 3000 }, () => rr(name, 'CNAME', 'b.example')),
    ...Array.from({ length: 3000 }, () => rr(name, 'RRSIG', undefined)),
  ];
  const heard = reply(records.map(counted), { denialSoa: soa });
  expect(ask(heard)).toMatchObject({ kind: 'absent', name: 'b.example' });
  expect(looks).toBeLessThan(8 * records.length);
});

test.each([
  ['SERVFAIL', { extendedRcode: 2 }, 'SERVFAIL', 'SERVFAIL'],
  [
    'SERVFAIL with the reason',
    { extendedRcode: 2, ...says(6, 'DNSSEC Bogus (x)') },
    'SERVFAIL',
    'SERVFAIL: DNSSEC Bogus (x)',
  ],
  ['REFUSED', { extendedRcode: 5 }, 'REFUSED', 'REFUSED'],
  ['FORMERR', { extendedRcode: 1 }, 'FORMERR', 'FORMERR'],
  ['NOTIMP', { extendedRcode: 4 }, 'NOTIMP', 'NOTIMP'],
  ['another rcode', { extendedRcode: 16 }, 'SERVFAIL', 'rcode 16'],
  ['a truncated reply', { truncated: true }, 'malformed', 'malformed reply: truncated'],
])('answerFromReply(): %s is failed, never absent', (_, rest, cause, detail) => {
  const heard = reply([], rest);
  expect(ask(heard)).toEqual({ kind: 'failed', cause, detail, ...extendedOf(heard) });
});

test.each([
  ['data beside SERVFAIL', reply([rr(name, 'A', '192.0.2.1')], { extendedRcode: 2 }), 'SERVFAIL'],
  ['data beside NXDOMAIN', reply([rr(name, 'A', '192.0.2.1')], { extendedRcode: 3 }), 'malformed'],
  ['only unreadable records', reply([rr(name, 'A', undefined)]), 'malformed'],
  ['an alias to no name', reply([rr(name, 'CNAME', undefined)], { denialSoa: soa }), 'malformed'],
  [
    'a DNAME that makes the name too long',
    reply([rr('example', 'DNAME', `${'b'.repeat(60)}.`.repeat(4) + 'abcdefgh')]),
    'malformed',
  ],
])('answerFromReply(): %s is failed', (_, heard, cause) => {
  expect(ask(heard)).toMatchObject({ kind: 'failed', cause });
});

test('answerFromReply(): an unreadable record is passed over beside a readable one', () => {
  expect(ask(reply([rr(name, 'A', undefined), rr(name, 'A', '192.0.2.1')]))).toMatchObject({
    kind: 'found',
    records: ['192.0.2.1'],
  });
});
