import type { Redis } from 'ioredis';
import { relayClientName } from './forms/keys.ts';
import { asQueueError } from './redis/queue-error.ts';

/** Connections of relays that work on the queue with this prefix, but for this one. Throws QueueError. */
export async function countRelays(redis: Redis, prefix: string): Promise<number> {
  const name = ` name=${relayClientName(prefix)} `;
  try {
    const own = `id=${String(await redis.client('ID'))} `;
    const clients = String(await redis.client('LIST')).split('\n');
    return clients.filter((client) => client.includes(name) && !client.startsWith(own)).length;
  } catch (error) {
    throw asQueueError(error);
  }
}
