import { describe, expect, test } from 'vitest';
import type { Answer } from './answer.ts';
import { answerLines } from './answer-lines.ts';
import type { LookedUp } from './lookup-trail.ts';
import type { RecordType } from './record.ts';

function asked(name: string, type: RecordType, answer: Answer<unknown>): LookedUp {
  return { name, type, at: 0, answer } as unknown as LookedUp;
}

function found(name: string, type: RecordType, records: readonly unknown[], secure = true): LookedUp {
  return asked(name, type, { kind: 'found', records, secure, name, aliases: [], ttl: 60 });
}

const data = Buffer.from('0dbcf0552962e1377162d78b13feb5da9e518ba837b693c8b07c5224cfbf1a4b', 'hex');
const tlsa = { usage: 3, selector: 1, matching: 1, data };

describe('answerLines(): records', () => {
  test.each<[LookedUp, string]>([
    [found('mx.test', 'A', ['192.0.2.1']), 'mx.test. IN A 192.0.2.1 ; AD=1 NoError'],
    [found('mx.test', 'AAAA', ['2001:db8::1'], false), 'mx.test. IN AAAA 2001:db8::1 ; AD=0 NoError'],
    [found('.', 'NS', ['a.root.test']), '. IN NS a.root.test. ; AD=1 NoError'],
    [
      found('a.test', 'MX', [{ preference: 10, exchange: 'mx.test' }]),
      'a.test. IN MX 10 mx.test. ; AD=1 NoError',
    ],
    [found('a.test', 'MX', [{ preference: 0, exchange: '.' }]), 'a.test. IN MX 0 . ; AD=1 NoError'],
    [
      found('_25._tcp.mx.test', 'TLSA', [tlsa]),
      `_25._tcp.mx.test. IN TLSA 3 1 1 ${data.toString('hex')} ; AD=1 NoError`,
    ],
    [
      found('a.test', 'TXT', ['v="x\\y"\r\n\u001b']),
      String.raw`a.test. IN TXT "v=\034x\092y\034\013\010\027" ; AD=1 NoError`,
    ],
    [
      found('_25._tcp.mx.test', 'TLSA', [{ ...tlsa, data: new Uint8Array() }]),
      '_25._tcp.mx.test. IN TLSA 3 1 1  ; AD=1 NoError',
    ],
  ])('%#', (lookedUp, line) => {
    expect(answerLines(lookedUp)).toEqual([line]);
  });

  test('one line each, and one for those that were not kept', () => {
    const lookedUp = found('mx.test', 'A', ['192.0.2.1', '192.0.2.2']);
    expect(answerLines({ ...lookedUp, recordsLeftOut: 3 })).toEqual([
      'mx.test. IN A 192.0.2.1 ; AD=1 NoError',
      'mx.test. IN A 192.0.2.2 ; AD=1 NoError',
      'mx.test. IN A (3 more) ; AD=1 NoError',
    ]);
  });

  test('short: digests by both ends', () => {
    expect(answerLines(found('_25._tcp.mx.test', 'TLSA', [tlsa]), true)).toEqual([
      '_25._tcp.mx.test. IN TLSA 3 1 1 0dbcf055...bf1a4b ; AD=1 NoError',
    ]);
  });
});

test('answerLines(): every step of an alias', () => {
  const answer = { secure: false, name: 'c.test', aliases: ['a.test', 'b.test'], ttl: 60 };
  expect(answerLines(asked('a.test', 'A', { kind: 'found', records: ['192.0.2.1'], ...answer }))).toEqual([
    'a.test. IN CNAME b.test. ; AD=0 NoError',
    'b.test. IN CNAME c.test. ; AD=0 NoError',
    'c.test. IN A 192.0.2.1 ; AD=0 NoError',
  ]);
  expect(answerLines(asked('a.test', 'A', { kind: 'absent', denial: 'NXDOMAIN', ...answer }))).toEqual([
    'a.test. IN CNAME b.test. ; AD=0 NoError',
    'b.test. IN CNAME c.test. ; AD=0 NoError',
    'c.test. IN A ? ; AD=0 NXDomain',
  ]);
});

test.each<[Answer<unknown>, string]>([
  [{ kind: 'absent', denial: 'NODATA', secure: true, name: 'a.test', aliases: [], ttl: 0 }, 'AD=1 NODATA'],
  [
    { kind: 'absent', denial: 'empty', secure: false, name: 'a.test', aliases: [], ttl: 0 },
    'AD=0 NODATA (no zone says so)',
  ],
  [{ kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' }, 'AD=0 ServFail'],
  [
    { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL: DNSSEC Bogus (no keys)' },
    'AD=0 ServFail (DNSSEC Bogus (no keys))',
  ],
  [{ kind: 'failed', cause: 'timeout', detail: 'no answer\u001b[2J' }, 'AD=0 Timeout (no answer?[2J)'],
])('answerLines(): no record, %#', (answer, words) => {
  expect(answerLines(asked('a.test', 'A', answer))).toEqual([`a.test. IN A ? ; ${words}`]);
});
