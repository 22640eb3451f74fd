import type { Redis } from 'ioredis';
import type { Departed } from '../scripts/depart.ts';
import type { Remembering } from '../scripts/remember-arrived.ts';

/**
 * What a client may ask of its message (keys.ts, `http:ID`), for the queue that takes it over: outcomes come there from now
 * on, and a request with the same key may be sent there. Undefined for a message that came over SMTP, or of which nothing
 * is known any more.
 */
export async function httpHistory(
  queueId: string,
  { fields }: Departed,
  { redis, base, now }: { readonly redis: Redis; readonly base: string; readonly now: () => number },
): Promise<Omit<Remembering, 'source' | 'departure'> | undefined> {
  // Only these have one. A record without the word has no submitter.
  if (fields['record']?.includes('"submitter"') !== true) return undefined;
  const key = `${base}http:${queueId}`;
  const [known, keptMs] = await Promise.all([redis.hgetall(key), redis.pttl(key)]);
  if (known['submitter'] === undefined || keptMs <= 0) return undefined;
  const { once, to = '[]', at = '' } = known;
  const keyMs = once === undefined ? 0 : await redis.pttl(`${base}key:${once}`);
  return {
    queueId,
    now: Number(at) || now(),
    keptMs,
    recipients: (JSON.parse(to) as readonly unknown[]).length,
    keyMs: Math.max(0, keyMs),
    fields: known,
  };
}
