import { QueueError, ReplicaError } from '../redis/queue-error.ts';
import type { UnfinishedFacts } from '../scripts/unfinished.ts';

/** The state of a Redis and of the disk under it. */
export interface StoreFacts {
  /** Octets that count against the limit. */
  readonly usedBytes: number;
  /** `maxmemory`; without one, the memory of the host of Redis; 0 if unknown. */
  readonly limitBytes: number;
  readonly isReplica: boolean;
  /** Replicas that follow it. */
  readonly replicas: number;
  /** The last rewrite of the append-only file failed, so the file grows from now on. */
  readonly rewriteFailed: boolean;
  /** The last write of the append-only file failed. */
  readonly writeFailed: boolean;
  /** Size of the append-only file; absent if there is none. */
  readonly aofBytes?: number;
  /** Free space on the file system of `data_dir`; absent if the relay does not manage Redis. */
  readonly freeDiskBytes?: number;
  /** Content of incomplete messages; absent if Redis refuses to count it. */
  readonly unfinished?: UnfinishedFacts;
  /** Messages that are on their way to another queue. */
  readonly awayMessages?: number;
}

export interface Watermarks {
  /** Percentages of the limit: from the first on no message is accepted, until use has fallen to the second. */
  readonly memoryHighWatermarkPercent: number;
  readonly memoryLowWatermarkPercent: number;
  /** Postfix queue_minfree. */
  readonly minfreeBytes: number;
  /** So many replicas must have a message before it is acknowledged; absent: none. */
  readonly minReplicas?: number;
}

/**
 * `away`: Redis accepts nothing, or too few replicas have what it accepts. `full`: no new message is accepted, and what is there goes out; `blocked` if Redis
 * itself refuses, so that even alarms cannot be set.
 */
export type StoreState =
  | { readonly kind: 'well' }
  | { readonly kind: 'away'; readonly error: QueueError }
  | { readonly kind: 'full'; readonly error: QueueError; readonly blocked: boolean };

/** The disk has room again when it is above its floor by this much. */
const DISK_HYSTERESIS = 1.25;

/** Reads `INFO`. */
export function factsOf(info: string, freeDiskBytes?: number): StoreFacts {
  const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    usedBytes: Math.max(0, number('used_memory') - number('mem_not_counted_for_evict')),
    limitBytes: number('maxmemory') || number('total_system_memory'),
    isReplica: /^role:slave/m.test(info),
    replicas: info.match(/^slave\d+:.*\bstate=online\b/gm)?.length ?? 0,
    rewriteFailed: /^aof_last_bgrewrite_status:err/m.test(info),
    writeFailed: /^aof_last_write_status:err/m.test(info),
    ...(/^aof_current_size:/m.test(info) && { aofBytes: number('aof_current_size') }),
    ...(freeDiskBytes === undefined ? {} : { freeDiskBytes }),
  };
}

/** @param wasFull whether the last judgement was `full`; then the lower marks apply */
export function judgeStore(facts: StoreFacts, marks: Watermarks, wasFull: boolean): StoreState {
  if (facts.isReplica) {
    return { kind: 'away', error: new ReplicaError() };
  }
  const { minReplicas = 0 } = marks;
  if (facts.replicas < minReplicas) {
    const text = `Redis has ${facts.replicas} of ${minReplicas} replicas that are wanted (queue.min_replicas)`;
    return { kind: 'away', error: new QueueError('QUEUE_UNAVAILABLE', text) };
  }
  const reason = memoryReason(facts, marks, wasFull) ?? diskReason(facts, marks, wasFull);
  if (reason === undefined) return { kind: 'well' };
  return { kind: 'full', error: new QueueError('QUEUE_FULL', reason), blocked: false };
}

/**
 * Octets of free disk below which no message is accepted: the floor of the settings, plus what the next rewrite of the
 * append-only file needs before it removes the old one, which is about the size of memory.
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

/** How much of the memory is taken by content without a 250. */
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
