import { isAbsence, redisWords } from './redis-words.ts';

/** Our own house: the store did not take or give something. Mail is neither bounced nor answered for because of it. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  /** UNAVAILABLE: Redis is gone, loading, read-only or unsafe. FULL: it has no room for more. */
  readonly code: 'QUEUE_UNAVAILABLE' | 'QUEUE_FULL' | 'QUEUE_UNSAFE';

  constructor(code: QueueError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Redis itself refused, and did nothing. Otherwise it may have done what was asked, or do it yet. */
  get isRefusal(): boolean {
    return isRedisReply(this.cause);
  }
}

/** Redis says OOM when `maxmemory` is reached under `noeviction`; everything else means "not now". */
export function asQueueError(error: unknown): QueueError {
  if (error instanceof QueueError) return error;
  const code = isOutOfMemory(error) ? 'QUEUE_FULL' : 'QUEUE_UNAVAILABLE';
  return new QueueError(code, redisWords(error), { cause: error });
}

/** What was said in place of an answer, which is that of a proxy, say: the command may have been carried out, or not. */
export function noAnswer(): QueueError {
  return new QueueError('QUEUE_UNAVAILABLE', 'what answers is no Redis');
}

/** What went wrong with the queue, for a log line. */
export function queueWords(error: unknown): string {
  return asQueueError(error).message;
}

/** Replies by which Redis says that it does not work now, whatever it is asked. */
const refusals =
  /^(?:READONLY|MISCONF|OOM|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|BUSY|NOAUTH|NOPERM|WRONGPASS)\b/;
/** Those of them that say it of us alone. */
const lockouts = /^(?:NOAUTH|NOPERM|WRONGPASS)\b/;

/** Replies that find fault with what was asked. */
const faults = /^(?:WRONGTYPE|NOSCRIPT)\b|^ERR (?:unknown|no such|wrong number|syntax error)\b|\bscript\b/;

/** The same command fails the same way the next time: Redis says so, or the error is not one of Redis at all. */
export function isFaultOfCommand(error: unknown): boolean {
  if (refusalIn(error) !== undefined) return false;
  const reply = error instanceof QueueError ? error.cause : error;
  return isRedisReply(reply) ? faults.test(reply.message) : !(error instanceof QueueError);
}

/** What does not pass by itself: Redis is not safe, does not let us in, or is none. */
export function isForOperator(error: QueueError): boolean {
  const { code, cause } = error;
  if (code === 'QUEUE_UNSAFE') return true;
  if (!(cause instanceof Error) || isAbsence(error)) return false;
  return refusalIn(cause) === undefined || lockouts.test(cause.message);
}

/** The refusal in an error, if it is one. */
export function refusalIn(error: unknown): Error | undefined {
  const reply = error instanceof QueueError ? error.cause : error;
  return isRedisReply(reply) && refusals.test(reply.message) ? reply : undefined;
}

/** An error that Redis sent: READONLY, MISCONF, OOM, LOADING and the like. */
function isRedisReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM');
}
