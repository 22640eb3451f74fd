import { setTimeout as sleep } from 'node:timers/promises';
import { refusalIn } from './queue-error.ts';

const PAUSE_MS = 1_000;

/**
 * Does what must be done, however long Redis refuses all work (a replica, a full disk, loading): again every second.
 * Throws every other error, and that one too once the connection was closed for good.
 */
export async function retryWhileRefused<T>(
  command: () => Promise<T>,
  store: { readonly isClosed: () => boolean },
  pauseMs = PAUSE_MS,
): Promise<T> {
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (refusalIn(error) === undefined || store.isClosed()) throw error;
    }
    await sleep(pauseMs);
  }
}
