import { QueueError } from '../redis/queue-error.ts';
import type { UnfinishedFacts } from '../scripts/unfinished.ts';

/** What a Redis, and the disk under it, say of themselves. */
export interface StoreFacts {
  /** Octets that count against the limit. */
  readonly usedBytes: number;
  /** `maxmemory`, or the memory of the host of a Redis that has none; 0 if unknown. */
  readonly limitBytes: number;
  readonly isReplica: boolean;
  /** The last rewrite of the append-only file failed: it grows from now on. */
  readonly rewriteFailed: boolean;
  /** Free for us on the file system of `data_dir`; absent where Redis is not ours. */
  readonly freeDiskBytes?: number;
  /** Content of messages that are not complete; absent where Redis does not let it be counted. */
  readonly unfinished?: UnfinishedFacts;
}

export interface Watermarks {
  /** Percent of the limit: from the one on nothing is taken, until no more than the other is in use. */
  readonly memoryHighWatermarkPercent: number;
  readonly memoryLowWatermarkPercent: number;
  /** Postfix queue_minfree. */
  readonly minfreeBytes: number;
}

/**
 * `away`: Redis takes nothing from anybody. `full`: nothing new is taken, what is there goes out; `blocked` when Redis
 * itself refuses, so that even alarms cannot be set.
 */
export type StoreState =
  | { readonly kind: 'well' }
  | { readonly kind: 'away'; readonly error: QueueError }
  | { readonly kind: 'full'; readonly error: QueueError; readonly blocked: boolean };

/** Above its floor by this much the disk has room again. */
const DISK_HYSTERESIS = 1.25;

/** Reads `INFO`. */
export function factsOf(info: string, freeDiskBytes?: number): StoreFacts {
  const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    usedBytes: Math.max(0, number('used_memory') - number('mem_not_counted_for_evict')),
    limitBytes: number('maxmemory') || number('total_system_memory'),
    isReplica: /^role:slave/m.test(info),
    rewriteFailed: /^aof_last_bgrewrite_status:err/m.test(info),
    ...(freeDiskBytes === undefined ? {} : { freeDiskBytes }),
  };
}

/** @param wasFull whether the last judgement was `full`: then the lower marks count */
export function judgeStore(facts: StoreFacts, marks: Watermarks, wasFull: boolean): StoreState {
  if (facts.isReplica) {
    return { kind: 'away', error: new QueueError('QUEUE_UNAVAILABLE', 'Redis is a replica, and read-only') };
  }
  const reason = memoryReason(facts, marks, wasFull) ?? diskReason(facts, marks, wasFull);
  if (reason === undefined) return { kind: 'well' };
  return { kind: 'full', error: new QueueError('QUEUE_FULL', reason), blocked: false };
}

/**
 * The octets of disk below which nothing is taken: the operator's floor, and what the next rewrite of the append-only
 * file writes before it throws the old one away, which is about what is in memory.
 */
export function diskFloor({ usedBytes }: StoreFacts, { minfreeBytes }: Watermarks): number {
  return minfreeBytes + usedBytes;
}

function memoryReason(facts: StoreFacts, marks: Watermarks, wasFull: boolean): string | undefined {
  const { usedBytes, limitBytes } = facts;
  const percent = (usedBytes / limitBytes) * 100;
  if (
    limitBytes === 0 ||
    percent < (wasFull ? marks.memoryLowWatermarkPercent : marks.memoryHighWatermarkPercent)
  )
    return undefined;
  return `${Math.floor(percent)} % of ${show(limitBytes)} of memory are in use (queue.memory_high_watermark)${unfinishedPart(facts)}`;
}

/** How much of the memory is taken by what no client has got a 250 for. */
export function unfinishedPart({ unfinished }: Pick<StoreFacts, 'unfinished'>): string {
  if (unfinished === undefined || unfinished.messages === 0) return '';
  return `, ${show(unfinished.bytes)} by ${unfinished.messages} messages that are not complete`;
}

function diskReason(facts: StoreFacts, marks: Watermarks, wasFull: boolean): string | undefined {
  const { freeDiskBytes } = facts;
  const floor = diskFloor(facts, marks) * (wasFull ? DISK_HYSTERESIS : 1);
  if (freeDiskBytes === undefined || freeDiskBytes >= floor) return undefined;
  return `${show(freeDiskBytes)} of disk are free in data_dir, ${show(floor)} are needed (queue.minfree and one rewrite of the queue)`;
}

function show(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
