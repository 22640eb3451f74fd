import { describe, expect, test } from 'vitest';
import { factsOf, judgeStore, type StoreFacts } from './store-state.ts';

const MiB = 1024 ** 2;
const marks = { memoryHighWatermarkPercent: 80, memoryLowWatermarkPercent: 70, minfreeBytes: 100 * MiB };
const idle: StoreFacts = {
  usedBytes: 10 * MiB,
  limitBytes: 100 * MiB,
  isReplica: false,
  replicas: 0,
  rewriteFailed: false,
  writeFailed: false,
};

describe('factsOf()', () => {
  test('reads INFO; what Redis does not count against maxmemory is not counted', () => {
    const info =
      'used_memory:1000\r\nmaxmemory:5000\r\ntotal_system_memory:9000\r\nmem_not_counted_for_evict:100\r\nrole:master\r\naof_last_bgrewrite_status:ok\r\n';
    expect(factsOf(info, 7)).toEqual({
      usedBytes: 900,
      limitBytes: 5000,
      isReplica: false,
      replicas: 0,
      rewriteFailed: false,
      writeFailed: false,
      freeDiskBytes: 7,
    });
  });

  test('without maxmemory the memory of the host is the limit', () => {
    expect(factsOf('used_memory:1\r\nmaxmemory:0\r\ntotal_system_memory:9000\r\n').limitBytes).toBe(9000);
    expect(factsOf('used_memory:1\r\n').limitBytes).toBe(0);
  });

  test('sees a replica, and a write and a rewrite that failed', () => {
    const info =
      'role:slave\r\naof_last_bgrewrite_status:err\r\naof_last_write_status:err\r\naof_current_size:42\r\n';
    expect(factsOf(info)).toMatchObject({
      isReplica: true,
      rewriteFailed: true,
      writeFailed: true,
      aofBytes: 42,
    });
  });
});

test('factsOf() counts replicas that follow', () => {
  const info =
    'role:master\r\nconnected_slaves:3\r\nslave0:ip=::1,port=1,state=online,offset=5,lag=0\r\nslave1:ip=a,port=2,state=wait_bgsave,offset=0,lag=0\r\nslave2:ip=b,port=3,state=online,offset=5,lag=1,type=replica\r\n';
  expect(factsOf(info).replicas).toBe(2);
});

describe('judgeStore()', () => {
  test('wants replicas, and first of all these', () => {
    const wanting = { ...marks, minReplicas: 2 };
    expect(judgeStore({ ...idle, replicas: 2 }, wanting, false).kind).toBe('well');
    expect(judgeStore({ ...idle, replicas: 1 }, wanting, false)).toMatchObject({
      kind: 'away',
      error: {
        code: 'QUEUE_UNAVAILABLE',
        message: 'Redis has 1 of 2 replicas that are wanted (queue.min_replicas)',
      },
    });
    // Nothing goes out without them, so that being full is not what matters.
    expect(judgeStore({ ...idle, usedBytes: 80 * MiB }, wanting, false).kind).toBe('away');
    expect(judgeStore({ ...idle, replicas: 2, usedBytes: 80 * MiB }, wanting, false).kind).toBe('full');
  });

  test.each<[string, Partial<StoreFacts>, boolean, string]>([
    ['plenty of both', { freeDiskBytes: 500 * MiB }, false, 'well'],
    ['a limit nobody knows', { limitBytes: 0, usedBytes: 999 * MiB }, false, 'well'],
    ['memory at the high mark', { usedBytes: 80 * MiB }, false, 'full'],
    ['memory below it', { usedBytes: 79 * MiB }, false, 'well'],
    ['memory below it, but not below the low mark', { usedBytes: 79 * MiB }, true, 'full'],
    ['memory below the low mark', { usedBytes: 69 * MiB }, true, 'well'],
    ['less disk than the floor and a rewrite need', { freeDiskBytes: 109 * MiB }, false, 'full'],
    ['just as much disk', { freeDiskBytes: 110 * MiB }, false, 'well'],
    ['just as much disk, after it was full', { freeDiskBytes: 110 * MiB }, true, 'full'],
    ['a quarter more disk', { freeDiskBytes: 138 * MiB }, true, 'well'],
    ['a replica', { isReplica: true }, false, 'away'],
    ['a rewrite that failed', { rewriteFailed: true }, false, 'well'],
  ])('%s', (_, facts, wasFull, kind) => {
    expect(judgeStore({ ...idle, ...facts }, marks, wasFull).kind).toBe(kind);
  });

  test('says how much of it is content that is not complete', () => {
    const unfinished = { messages: 15, bytes: 70 * MiB };
    const state = judgeStore({ ...idle, usedBytes: 90 * MiB, unfinished }, marks, false);
    expect(state.kind === 'full' && state.error.message).toBe(
      '90 % of 100 MiB of memory are in use (queue.memory_high_watermark), 70 MiB by 15 messages that are not complete',
    );
  });

  test('says what is full, and of which setting that is', () => {
    expect(judgeStore({ ...idle, usedBytes: 80 * MiB }, marks, false)).toMatchObject({
      error: {
        code: 'QUEUE_FULL',
        message: '80 % of 100 MiB of memory are in use (queue.memory_high_watermark)',
      },
    });
  });
});
