import { describe, expect, it } from 'vitest';
import type { Attempt } from '../delivery/attempt.ts';
import type { TriedHost } from '../delivery/evidence.ts';
import type { Answer, Found } from '../dns/answer.ts';
import type { LookedUp } from '../dns/lookup-trail.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { TlsFault } from '../mail/status.ts';
import {
  afterLook,
  afterMismatch,
  compare,
  digestOf,
  readWatch,
  recordsThatFailed,
  watchText,
  type RecordWatch,
} from './watched-records.ts';

const record = (octet: number, usage = 3): TlsaRecord => ({
  usage,
  selector: 1,
  matching: 1,
  data: Uint8Array.of(octet),
});
const name = '_25._tcp.mx.x.test';
const rules = { shortestMs: 60_000 };
const hour = 3_600_000;

function found(records: readonly TlsaRecord[], ttl = 600): Found<TlsaRecord> {
  return { kind: 'found', records, secure: true, name, aliases: [], ttl };
}

function lookup(answer: Answer<TlsaRecord>, part: Partial<LookedUp> = {}): LookedUp {
  return { name, type: 'TLSA', at: 1_000, answer, ...part } as LookedUp;
}

const shown = { subject: '' } as unknown as NonNullable<TriedHost['refused']>['shown'];

function attempt(
  lookups: readonly LookedUp[],
  fault: Partial<TlsFault> = {},
  published: readonly TlsaRecord[] = [record(1)],
): Attempt {
  const tlsFault: TlsFault = { kind: 'certificate', host: 'mx.x.test', level: 'dane', ...fault };
  const host: TriedHost = {
    relay: 'mx.x.test[192.0.2.1]:25',
    host: 'mx.x.test',
    at: 1_000,
    step: 'certificate',
    status: { outcome: 'deferred', dsn: '4.7.5', reason: 'r', scope: 'host', tlsFault },
    refused: { shown, published },
  };
  const evidence = { hosts: [host], trail: () => ({ lookups, leftOut: 0 }) };
  return { evidence } as unknown as Attempt;
}

const watch: RecordWatch = {
  records: [{ name, digest: digestOf([record(1)]) }],
  since: 0,
  nextAt: 0,
  changes: 0,
};

describe('recordsThatFailed()', () => {
  it('are the signed sets that hold what the certificate was held against', () => {
    const unusable = record(9, 1);
    const other = lookup(found([record(7)]), { name: '_25._tcp.mx2.x.test' });
    const all = recordsThatFailed([attempt([other, lookup(found([record(1), unusable]))])]);
    expect([...all]).toEqual([[name, { digest: digestOf([unusable, record(1)]), endsAt: 601_000 }]]);
  });

  it('are looked for once, however many recipients the delivery had', () => {
    const one = attempt([lookup(found([record(1)]))]);
    let asked = 0;
    const trail = (): ReturnType<NonNullable<NonNullable<Attempt['evidence']>['trail']>> => {
      asked += 1;
      return { lookups: [lookup(found([record(1)]))], leftOut: 0 };
    };
    const evidence = { hosts: one.evidence?.hosts ?? [], trail };
    expect(recordsThatFailed(Array.from({ length: 1_000 }, () => ({ ...one, evidence }))).size).toBe(1);
    expect(asked).toBe(1);
  });

  it.each<[string, Attempt]>([
    ['an answer without a signature', attempt([lookup({ ...found([record(1)]), secure: false })])],
    ['a set of which not all is kept', attempt([lookup(found([record(1)]), { recordsLeftOut: 1 })])],
    ['trust anchors of the operator', attempt([lookup(found([record(1)]))], { level: 'secure' })],
    ['a handshake that failed', attempt([lookup(found([record(1)]))], { kind: 'handshake' })],
    ['nothing that was held against it', attempt([lookup(found([record(1)]))], {}, [])],
    ['records of elsewhere', attempt([lookup(found([record(2)]))])],
  ])('not of %s', (_, one) => {
    expect(recordsThatFailed([one]).size).toBe(0);
  });

  it('of a destination with very many hosts, some', () => {
    const many = Array.from({ length: 9 }, (_, nth) => lookup(found([record(1)]), { name: `n${nth}` }));
    expect(recordsThatFailed([attempt(many)]).size).toBe(4);
  });
});

describe('compare()', () => {
  const [before] = watch.records as [RecordWatch['records'][number]];
  const absent = { kind: 'absent', denial: 'NODATA', secure: true, name, aliases: [], ttl: 5 } as const;

  it.each<[string, Answer<TlsaRecord>, string]>([
    ['the same', found([record(1)]), 'same'],
    ['twice the same', found([record(1), record(1)]), 'same'],
    ['one more', found([record(1), record(2)]), 'changed'],
    ['none any more', absent, 'withdrawn'],
    ['RFC 7672 §2.1.2: a lookup that failed', { kind: 'failed', cause: 'SERVFAIL', detail: '' }, 'unknown'],
    ['others, without a signature', { ...found([record(2)]), secure: false }, 'unknown'],
    ['none, without a signature', { ...absent, secure: false }, 'unknown'],
  ])('%s', (_, answer, expected) => {
    expect(compare(answer, before)).toBe(expected);
  });

  it('what was withdrawn before is not withdrawn again', () => {
    expect(compare(absent, { name, digest: '' })).toBe('same');
  });
});

describe('afterMismatch()', () => {
  const failed = (endsAt: number) => new Map([[name, { digest: 'd', endsAt }]]);

  it('asks when the answer ends, not sooner than allowed, and at least once an hour', () => {
    const nextAt = (endsAt: number): number => afterMismatch(failed(endsAt), undefined, 0, rules).nextAt;
    expect(nextAt(600_000)).toBe(601_000);
    expect(nextAt(1_000)).toBe(60_000);
    expect(nextAt(9 * hour)).toBe(hour);
  });

  it('keeps how long it lasts, and how often that changed nothing', () => {
    const before = { ...watch, since: 3, changes: 2, changedAt: 4 };
    const next = afterMismatch(failed(0), before, 100_000, rules);
    expect(next).toEqual({
      records: [{ name, digest: 'd' }],
      since: 3,
      changes: 2,
      changedAt: 4,
      nextAt: 340_000,
    });
  });
});

describe('afterLook()', () => {
  it('the same: asks again when that answer ends', () => {
    const { watch: next, seen } = afterLook(watch, [found([record(1)])], 1_000_000, rules);
    expect(seen).toBe('same');
    expect(next).toEqual({ ...watch, nextAt: 1_601_000 });
  });

  it('others: they are compared from now on, and a zone that goes on so is asked more rarely', () => {
    let next = watch;
    const waits: number[] = [];
    for (let nth = 2; nth < 12; nth += 1) {
      const looked = afterLook(next, [found([record(nth)], 0)], 1_000, rules);
      expect(looked.seen).toBe('changed');
      next = looked.watch;
      waits.push((next.nextAt - 1_000) / 60_000);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    expect(next).toMatchObject({ changes: 10, changedAt: 1_000 });
  });

  it('nothing to rely on changes nothing', () => {
    const { watch: next, seen } = afterLook(
      watch,
      [{ kind: 'failed', cause: 'timeout', detail: '' }],
      0,
      rules,
    );
    expect(seen).toBe('unknown');
    expect(next).toEqual({ ...watch, nextAt: 60_000 });
  });

  it('one of several is enough', () => {
    const two = { ...watch, records: [...watch.records, { name: 'b', digest: digestOf([record(1)]) }] };
    const { seen, watch: next } = afterLook(two, [found([record(1)]), found([record(2)])], 0, rules);
    expect(seen).toBe('changed');
    expect(next.records).toEqual([two.records[0], { name: 'b', digest: digestOf([record(2)]) }]);
  });
});

it('readWatch(): what was stored, and nothing else', () => {
  expect(readWatch(watchText(watch))).toEqual(watch);
  for (const text of [
    '',
    '{}',
    '[]',
    'null',
    '{"records":[null],"since":0,"nextAt":0,"changes":0}',
    '{"records":[{}],"since":0,"nextAt":0,"changes":0}',
  ]) {
    expect(readWatch(text)).toBeUndefined();
  }
});
