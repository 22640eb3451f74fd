import { describe, expect, test } from 'vitest';
import { judgeClock, type ClockFacts } from './clock.ts';
import { judgeDisk, type DiskFacts } from './disk.ts';
import { judgeFiles, judgeMemory, type MemoryFacts } from './limits.ts';
import { judgePorts, type PortFacts } from './ports.ts';
import { judgeRedis, type RedisFacts } from './redis.ts';
import type { Finding } from './finding.ts';

const ids = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ state, id }) => `${state} ${id}`);
const day = 86_400_000;

describe('the clock', () => {
  const now = Date.UTC(2026, 10, 29);
  const signature = { zone: 'root', inception: now - 5 * day, expiration: now + 9 * day };
  test.each<[string, Partial<ClockFacts>, readonly string[]]>([
    ['within the signatures', {}, ['ok clock-right']],
    ['before they begin', { now: now - 6 * day }, ['FAIL clock-wrong']],
    ['after they end', { now: now + 10 * day }, ['FAIL clock-wrong']],
    ['away from Redis', { redisAheadMs: -5000 }, ['warn clock-differs-from-redis']],
    ['near Redis', { redisAheadMs: 150 }, ['ok clock-right']],
    ['with nobody to follow', { isSynchronized: false }, ['warn clock-not-synchronized']],
    ['with nothing to hold it against', { signatures: [] }, ['skip clock-not-judged']],
    ['that follows a time server', { signatures: [], isSynchronized: true }, ['ok clock-right']],
  ])('%s', (_, facts, expected) => {
    expect(ids(judgeClock({ now, signatures: [signature], ...facts }))).toEqual(expected);
  });

  test('says by how much at least', () => {
    const [late] = judgeClock({ now: now + 12 * day, signatures: [signature] });
    expect(late?.text).toBe('the clock is at least 3 days ahead: signatures of the root ended 2026-12-08');
    const [early] = judgeClock({ now: now - 5 * day - 7_200_000, signatures: [signature] });
    expect(early?.text).toBe('the clock is at least 2 hours behind: signatures of the root begin 2026-11-24');
  });
});

test('open files', () => {
  expect(ids(judgeFiles({ allowed: 1024, wanted: 1600, isOfRelay: true }))).toEqual(['FAIL files-few']);
  expect(ids(judgeFiles({ allowed: Infinity, wanted: 1600, isOfRelay: true }))).toEqual(['ok files-enough']);
  expect(ids(judgeFiles({ allowed: undefined, wanted: 1600, isOfRelay: false }))).toEqual([
    'skip files-unknown',
  ]);
});

test('memory', () => {
  const facts: MemoryFacts = {
    totalBytes: 2 ** 30,
    isLimited: false,
    budgets: [{ key: 'x', bytes: 2 ** 28 }],
  };
  const found = (more: Partial<MemoryFacts>): readonly string[] => ids(judgeMemory({ ...facts, ...more }));
  expect(found({})).toEqual(['ok memory-enough']);
  expect(found({ totalBytes: 2 ** 28, overcommit: 1 })).toEqual(['warn memory-overbooked']);
  expect(found({ overcommit: 2, trouble: 'short' })).toEqual([
    'FAIL memory-short',
    'warn memory-no-overcommit',
  ]);
});

describe('the disk', () => {
  const facts: DiskFacts = {
    dataDir: '/data',
    otherTrouble: [],
    freeBytes: 2 ** 34,
    floorBytes: 2 ** 28,
    freeInodes: 1e6,
    kind: 'disk',
    openMode: 0,
    isElsewhere: false,
  };
  test.each<[Partial<DiskFacts>, readonly string[]]>([
    [{}, ['ok disk-enough']],
    [{ freeBytes: 2 ** 27 }, ['FAIL disk-full']],
    [{ freeBytes: 2 ** 28 + 1 }, ['warn disk-filling']],
    [{ freeBytes: 2 ** 27, isElsewhere: true, kind: 'memory' }, ['ok disk-enough']],
    [{ kind: 'memory', openMode: 0o755 }, ['warn disk-in-memory', 'warn disk-open']],
    [{ kind: 'network', freeInodes: 10 }, ['warn disk-few-inodes', 'warn disk-on-network']],
    [{ unusable: 'x', otherTrouble: ['y'] }, ['FAIL disk-not-writable', 'FAIL disk-log-not-writable']],
  ])('%j', (more, expected) => {
    expect(ids(judgeDisk({ ...facts, ...more }))).toEqual(expected);
  });
});

test('ports', () => {
  const all: readonly PortFacts['state'][] = [
    'free',
    'ours',
    'busy',
    'taken',
    'forbidden',
    'foreign address',
    'closed',
  ];
  const found = judgePorts(
    all.map((state, port) => ({ key: 'listen', address: `127.0.0.1:${port}`, state })),
  );
  expect(ids(found)).toEqual([
    'ok ports-well',
    'FAIL port-taken',
    'FAIL port-forbidden',
    'warn port-foreign-address',
    'FAIL port-closed',
  ]);
  expect(found[0]?.text).toBe('127.0.0.1:0 free, 127.0.0.1:1 ours, 127.0.0.1:2 ours');
  expect(ids(judgePorts([]))).toEqual(['skip ports-none']);
});

describe('Redis', () => {
  const facts: RedisFacts = {
    address: '/run/redis.sock',
    version: '7.0.15',
    policy: 'noeviction',
    unsafe: [],
    onWord: [],
    allowUnsafe: false,
    usedBytes: 2 ** 20,
    limitBytes: 2 ** 30,
    highPercent: 85,
    replicas: 0,
    minReplicas: 0,
    rewriteFailed: false,
    roundTripMs: 0.4,
    isTrial: false,
    hasQueue: false,
  };
  test.each<[Partial<RedisFacts>, readonly string[]]>([
    [{}, ['ok redis-safe', 'ok redis-room']],
    [{ unsafe: ['appendonly is "no"'] }, ['FAIL redis-unsafe', 'ok redis-room']],
    [{ unsafe: ['appendonly is "no"'], allowUnsafe: true }, ['warn redis-unsafe', 'ok redis-room']],
    [{ usedBytes: 2 ** 30 * 0.8 }, ['ok redis-safe', 'warn redis-filling']],
    [
      { refuses: 'full', rewriteFailed: true },
      ['ok redis-safe', 'FAIL redis-full', 'warn redis-rewrite-failed'],
    ],
    [{ onWord: ['appendonly'] }, ['warn redis-confirmed', 'ok redis-room']],
    [{ replicas: 2 }, ['ok redis-safe', 'ok redis-room', 'warn redis-replicas']],
    [{ minReplicas: 1 }, ['ok redis-safe', 'ok redis-room', 'FAIL redis-replicas-missing']],
    [{ replicas: 2, minReplicas: 1 }, ['ok redis-safe', 'ok redis-room', 'ok redis-replicated']],
    [{ replicas: 1, minReplicas: 1 }, ['ok redis-safe', 'ok redis-room', 'ok redis-replicated']],
    [{ isTrial: true, hasQueue: true }, ['ok redis-safe', 'skip redis-queue-asleep']],
  ])('%j', (more, expected) => {
    expect(ids(judgeRedis({ kind: 'answers', facts: { ...facts, ...more } }))).toEqual(expected);
  });

  test('that is away', () => {
    expect(ids(judgeRedis({ kind: 'away', address: 'x', why: 'y', isOwn: true }))).toEqual([
      'FAIL redis-away',
    ]);
  });
});
