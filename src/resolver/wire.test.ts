import { encode } from 'dns-packet';
import type { Answer as PacketAnswer } from 'dns-packet';
import { expect, test } from 'vitest';
import type { DnsReply } from './reply.ts';
import { decodeHead, decodeReply } from './wire.ts';

const exampleOrg = '076578616d706c65036f726700';
const question = `${exampleOrg}00010001`;

/** A message of hexadecimal parts: the header, then what follows it. */
function bytes(flags: string, counts: string, ...parts: string[]): Buffer {
  return Buffer.from(['1234', flags, counts, ...parts].join(''), 'hex');
}

/** A record owned by the name in the question. */
function record(
  type: string,
  rdata: string,
  { dnsClass = '0001', ttl = '0000003c', owner = 'c00c' } = {},
): string {
  const length = (rdata.length / 2).toString(16).padStart(4, '0');
  return owner + type + dnsClass + ttl + length + rdata;
}

function decode(message: Buffer): DnsReply | string {
  const head = decodeHead(message);
  return head === undefined ? 'no head' : decodeReply(message, head);
}

function decodeGood(message: Buffer): DnsReply {
  const reply = decode(message);
  if (typeof reply === 'string') throw new Error(reply);
  return reply;
}

const valueOf = (type: string, rdata: string): unknown =>
  decodeGood(bytes('8180', '0001000100000000', question, record(type, rdata))).answers[0]?.value;

test('decodeHead(): the fields of RFC 1035 §4.1.1', () => {
  expect(decodeHead(bytes('a7a3', '0001000000000000', question))).toEqual({
    id: 0x1234,
    isResponse: true,
    opcode: 4,
    truncated: true,
    authentic: true,
    rcode: 3,
    question: { name: 'example.org', type: 1, dnsClass: 1 },
  });
});

test.each([
  ['eleven octets', bytes('8180', '000000000000')],
  ['a question that runs over the end', bytes('8180', '0001000000000000', '3f61')],
  ['a question without type', bytes('8180', '0001000000000000', exampleOrg)],
  ['a name that points at itself', bytes('8180', '0001000000000000', 'c00c00010001')],
])('decodeHead(): %s is unreadable', (_, message) => {
  expect(decodeHead(message)).toBeUndefined();
});

test.each([
  ['upper case', `074558414d504c45036f726700`, 'example.org'],
  ['the root', '00', '.'],
  ['a dot inside a label', '0b6578616d706c652e6f726700', 'example\\046org'],
  ['octets that are no letters of ASCII', '03e284aa036f726700', '\\226\\132\\170.org'],
])('decodeHead(): a question with %s', (_, name, expected) => {
  expect(decodeHead(bytes('8180', '0001000000000000', name, '00010001'))?.question?.name).toBe(expected);
});

test.each([
  ['A', '0001', 'c0000201', '192.0.2.1'],
  ['AAAA', '001c', '20010db8000000000000000000000023', '2001:db8::23'],
  ['MX', '000f', '000a026d78c00c', { preference: 10, exchange: 'mx.example.org' }],
  ['null MX', '000f', '000000', { preference: 0, exchange: '.' }],
  ['CNAME', '0005', '024d58c00c', 'mx.example.org'],
  ['NS', '0002', 'c00c', 'example.org'],
  ['PTR', '000c', 'c00c', 'example.org'],
  ['TXT', '0010', '026162', 'ab'],
  ['TXT of several strings', '0010', '02616200026364', 'abcd'],
  ['TXT of no octets', '0010', '00', ''],
  ['TXT beyond ASCII', '0010', '01ff', '\u00ff'],
  ['DNAME', '0027', 'c00c', 'example.org'],
  [
    'MX with a dot inside a label',
    '000f',
    '000a0b6578616d706c652e6f726700',
    { preference: 10, exchange: 'example\\046org' },
  ],
  ['MX with a blank', '000f', '000a03612062c00c', { preference: 10, exchange: 'a\\032b.example.org' }],
  ['CNAME to a wildcard', '0005', '012a055f44616e65c00c', '*._dane.example.org'],
  ['SOA', '0006', `c00c05612e622e63c00c${'00000001'.repeat(5)}`, 'example.org'],
])('decodeReply(): a record of type %s', (_, type, rdata, value) => {
  expect(valueOf(type, rdata)).toEqual(value);
});

test.each([
  ['A of three octets', '0001', 'c00002'],
  ['TXT that runs over its end', '0010', '0361'],
  ['TXT of nothing', '0010', ''],
  ['A of five octets', '0001', 'c000020101'],
  ['AAAA of four octets', '001c', 'c0000201'],
  ['MX without exchange', '000f', '000a'],
  ['MX with something behind it', '000f', '000ac00c00'],
  ['CNAME of no octets', '0005', ''],
  ['CNAME that points forward', '0005', 'c0ff'],
  ['CNAME with a reserved label', '0005', '8061'],
])('decodeReply(): malformed RDATA spoils only its record: %s', (_, type, rdata) => {
  expect(valueOf(type, rdata)).toBeUndefined();
});

test.each([
  ['whole', '030101abcd', { usage: 3, selector: 1, matching: 1, data: Uint8Array.of(0xab, 0xcd) }],
  ['without data', '030101', { usage: 3, selector: 1, matching: 1, data: new Uint8Array() }],
  ['two octets', '0301', { usage: 3, selector: 1, matching: 255, data: new Uint8Array() }],
  ['one octet', '03', { usage: 3, selector: 255, matching: 255, data: new Uint8Array() }],
  ['empty', '', { usage: 255, selector: 255, matching: 255, data: new Uint8Array() }],
])('decodeReply(): a TLSA record, %s, is handed on', (_, rdata, value) => {
  expect(valueOf('0034', rdata)).toEqual(value);
});

test('decodeReply(): a short TLSA record does not disturb the next', () => {
  const reply = decodeGood(
    bytes(
      '8180',
      '0001000300000000',
      question,
      record('0034', ''),
      record('0034', '02'),
      record('0034', '030101ff'),
    ),
  );
  expect(reply.answers.map(({ value }) => value)).toMatchObject([
    { usage: 255 },
    { usage: 2 },
    { usage: 3, matching: 1 },
  ]);
});

test.each([
  ['an answer of class CH', record('0001', 'c0000201', { dnsClass: '0003' })],
  ['an answer with the top bit of the class', record('0001', 'c0000201', { dnsClass: '8001' })],
  ['an RDLENGTH over the end', 'c00c000100010000003c0005c0000201'],
  ['fewer answers than announced', ''],
  ['an owner over the end', '3f6161'],
])('decodeReply(): rejects a reply with %s', (_, answer) => {
  expect(decode(bytes('8180', '0001000100000000', question, answer))).toEqual(expect.any(String));
});

test('decodeReply(): records nobody asked about may be anything', () => {
  const odd = [
    record('0030', '00', {}), // DNSKEY of one octet
    record('002e', ''), // RRSIG of no octets
    record('ff00', 'ff'),
  ];
  const nsec = record('002f', '03617e62', { owner: '03617e00c00c' }); // NSEC with white-lie names
  const reply = decodeGood(
    bytes('8180', '0001000400010000', question, ...odd, record('0001', 'c0000201'), nsec),
  );
  expect(reply.answers.map(({ value }) => value)).toEqual([undefined, undefined, undefined, '192.0.2.1']);
});

test('decodeReply(): a TTL with the top bit set is 0 (RFC 2181 §8)', () => {
  const reply = decodeGood(
    bytes('8180', '0001000100000000', question, record('0001', 'c0000201', { ttl: '80000000' })),
  );
  expect(reply.answers[0]?.ttl).toBe(0);
});

test('decodeReply(): a truncated message is not read beyond its question', () => {
  const reply = decodeGood(bytes('8380', '0001000900000000', question, 'c00c00'));
  expect(reply).toMatchObject({ truncated: true, answers: [] });
});

test.each([
  ['the TTL of the SOA', '00000064', '000003e8', 100],
  ['its MINIMUM', '000003e8', '00000064', 100],
])('decodeReply(): a denial is kept for the smaller one: %s', (_, ttl, minimum, kept) => {
  const soa = record('0006', `c00cc00c${'00000001'.repeat(4)}${minimum}`, { ttl });
  const reply = decodeGood(bytes('8183', '0001000000010000', question, soa));
  expect(reply).toMatchObject({ denialSoa: { owner: 'example.org', ttl: kept }, authority: 'SOA' });
});

test.each([
  ['name servers', [record('0002', 'c00c')], 'delegation'],
  ['proofs without SOA', [record('002f', ''), record('002e', '')], 'other'],
  ['an SOA record that is too short', [record('0006', 'c00cc00c')], 'SOA'],
  ['nothing', [], 'nothing'],
])('decodeReply(): the authority section has %s', (_, records, authority) => {
  const reply = decodeGood(bytes('8100', `00010000000${records.length}0000`, question, ...records));
  expect(reply).toMatchObject({ authority, denialSoa: undefined });
});

test('decodeReply(): EDNS adds eight bits to the rcode and tells why', () => {
  const option = '000f00080006' + Buffer.from('no DS!').toString('hex');
  const opt = record('0029', option, { owner: '00', dnsClass: '04d0', ttl: '01008000' });
  const reply = decodeGood(bytes('8182', '0001000000000001', question, opt));
  expect(reply).toMatchObject({
    rcode: 2,
    extendedRcode: 18,
    extendedErrors: { codes: new Set([6]), texts: ['DNSSEC Bogus (no DS!)'] },
  });
});

test('decodeReply(): reads what dns-packet writes', () => {
  const answers: PacketAnswer[] = Array.from({ length: 300 }, (_, at) => ({
    type: 'TLSA',
    name: 'example.org',
    ttl: at,
    data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, at) },
  }));
  const message = encode({
    type: 'response',
    id: 1,
    questions: [{ type: 'TLSA', name: 'example.org' }],
    answers,
  });
  const reply = decodeGood(message);
  expect(reply.answers).toHaveLength(300);
  expect(reply.answers[299]).toMatchObject({ owner: 'example.org', ttl: 299, value: { usage: 3 } });
});
