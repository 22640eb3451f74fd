import type { Redis } from 'ioredis';

/** Number of pieces that are read at a time. Intake makes pieces of 64 KiB. */
const PIECES_AT_ONCE = 4;

/** The stored content in pieces, with only a few of them in memory here. */
export async function* readContent(redis: Redis, base: string, queueId: string): AsyncGenerator<Buffer> {
  let read = 0;
  for (;;) {
    const batch = await redis.lrangeBuffer(`${base}b:${queueId}`, read, read + PIECES_AT_ONCE - 1);
    yield* batch;
    read += batch.length;
    if (batch.length < PIECES_AT_ONCE) break;
  }
  if (read > 0) return;
  const whole = await redis.hgetBuffer(`${base}m:${queueId}`, 'body');
  // Without this error it would pass for an empty message.
  if (whole === null) throw new Error(`the content of ${queueId} is missing`);
  yield whole;
}
