import type { Redis } from 'ioredis';

/** Number of pieces that are read at a time. Intake makes pieces of 64 KiB. */
const PIECES_AT_ONCE = 4;

/** The stored content in pieces, with only a few of them in memory here. */
export async function* readContent(redis: Redis, base: string, queueId: string): AsyncGenerator<Buffer> {
  const read = yield* readPieces(redis, `${base}b:${queueId}`);
  if (read > 0) return;
  const whole = await redis.hgetBuffer(`${base}m:${queueId}`, 'body');
  // Without this error it would pass for an empty message.
  if (whole === null) throw new Error(`the content of ${queueId} is missing`);
  yield whole;
}

/** The same of a message that has left for another queue and has content in pieces. */
export async function* readAwayContent(
  redis: Redis,
  base: string,
  queueId: string,
): AsyncGenerator<Buffer, void> {
  if ((yield* readPieces(redis, `${base}away-content:${queueId}`)) === 0)
    throw new Error(`the content of ${queueId} is missing`);
}

/** Returns how many there were. */
async function* readPieces(redis: Redis, key: string): AsyncGenerator<Buffer, number> {
  let read = 0;
  for (;;) {
    const batch = await redis.lrangeBuffer(key, read, read + PIECES_AT_ONCE - 1);
    yield* batch;
    read += batch.length;
    if (batch.length < PIECES_AT_ONCE) return read;
  }
}
