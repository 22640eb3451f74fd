import { isAbsence, redisWords } from './redis-words.ts';

/**
 * The store did not accept or return something. This is our own trouble: no mail is bounced or acknowledged because of
 * it.
 */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  /**
   * UNAVAILABLE: Redis is gone, loading, read-only or unsafe. FULL: it has no room for more. TAKEN: a source that is
   * accepted only once was accepted before.
   */
  readonly code: 'QUEUE_UNAVAILABLE' | 'QUEUE_FULL' | 'QUEUE_UNSAFE' | 'QUEUE_TAKEN';

  constructor(code: QueueError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Redis itself refused and did nothing. Otherwise it may have done what was asked, or may still do it. */
  get isRefusal(): boolean {
    return isRedisReply(this.cause);
  }
}

/** Of a Redis that follows another one. After a failover that passes by itself: the address leads to the new master soon. */
export class ReplicaError extends QueueError {
  constructor() {
    super('QUEUE_UNAVAILABLE', 'Redis is a replica, and read-only');
  }
}

/** Redis says OOM when `maxmemory` is reached under `noeviction`, our scripts say TAKEN; everything else means "not now". */
export function asQueueError(error: unknown): QueueError {
  if (error instanceof QueueError) return error;
  const code = isOutOfMemory(error) ? 'QUEUE_FULL' : isTaken(error) ? 'QUEUE_TAKEN' : 'QUEUE_UNAVAILABLE';
  return new QueueError(code, redisWords(error), { cause: error });
}

/** An answer of Redis. Throws QueueError. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw asQueueError(error);
  }
}

/** A reply that is no answer, perhaps from a proxy: the command may or may not have been carried out. */
export function noAnswer(): QueueError {
  return new QueueError('QUEUE_UNAVAILABLE', 'what answers is no Redis');
}

/** What went wrong with the queue, for a log line. */
export function queueWords(error: unknown): string {
  return asQueueError(error).message;
}

/** Replies that mean that Redis refuses every command now. */
const refusals =
  /^(?:READONLY|MISCONF|OOM|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED|BUSY|NOAUTH|NOPERM|WRONGPASS)\b/;
/** Those of them that mean that Redis refuses only us. */
const lockouts = /^(?:NOAUTH|NOPERM|WRONGPASS)\b/;

/** Replies that reject the command itself. */
const faults = /^(?:WRONGTYPE|NOSCRIPT)\b|^ERR (?:unknown|no such|wrong number|syntax error)\b|\bscript\b/;

/**
 * Whether the same command would fail in the same way again: Redis says so, or the error does not come from Redis at
 * all.
 */
export function isFaultOfCommand(error: unknown): boolean {
  if (refusalIn(error) !== undefined) return false;
  const reply = error instanceof QueueError ? error.cause : error;
  return isRedisReply(reply) ? faults.test(reply.message) : !(error instanceof QueueError);
}

/** Whether the trouble does not pass by itself: Redis is not safe, refuses the login, or is not Redis. */
export function isForOperator(error: QueueError): boolean {
  const { code, cause } = error;
  if (code === 'QUEUE_UNSAFE') return true;
  if (!(cause instanceof Error) || isAbsence(error)) return false;
  return refusalIn(cause) === undefined || lockouts.test(cause.message);
}

/** The refusal behind an error, if there is one. */
export function refusalIn(error: unknown): Error | undefined {
  const reply = error instanceof QueueError ? error.cause : error;
  return isRedisReply(reply) && refusals.test(reply.message) ? reply : undefined;
}

/** An error that Redis sent: READONLY, MISCONF, OOM, LOADING and the like. */
function isRedisReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('TAKEN');
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM');
}
