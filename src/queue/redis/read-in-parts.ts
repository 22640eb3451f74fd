import type { Redis } from 'ioredis';

/** So many members, or fields, are read at a time: neither Redis nor the event loop is held by very many. */
const AT_ONCE = 1_000;

/** The members of a set that were there all the time, and perhaps some that came or went meanwhile; each once. */
export async function readSet(redis: Pick<Redis, 'sscan'>, key: string): Promise<readonly string[]> {
  const members = new Set<string>();
  let cursor = '0';
  do {
    const [next, some] = await redis.sscan(key, cursor, 'COUNT', AT_ONCE);
    for (const member of some) members.add(member);
    cursor = next;
  } while (cursor !== '0');
  return [...members];
}

/** The same of the fields of a hash, part by part; a field may be in two of them. */
export async function* readHash(
  redis: Pick<Redis, 'hscan'>,
  key: string,
): AsyncGenerator<readonly (readonly [field: string, value: string])[]> {
  let cursor = '0';
  do {
    const [next, pairs] = await redis.hscan(key, cursor, 'COUNT', AT_ONCE);
    yield Array.from({ length: pairs.length / 2 }, (_, at) => [pairs[2 * at] ?? '', pairs[2 * at + 1] ?? '']);
    cursor = next;
  } while (cursor !== '0');
}
